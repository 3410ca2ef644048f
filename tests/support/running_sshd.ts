/** An instance that seems to run: an OpenSSH server where its guest's would be, and no QEMU. */
import { realHost } from "../../core/host.ts";
import { writeRun } from "../../core/instances/run_record.ts";
import { instanceFiles } from "../../core/paths.ts";
import { identifyProcess } from "../../core/process.ts";
import { startSleeper } from "./child.ts";
import { appIn } from "./image.ts";
import { putInstance } from "./instance.ts";
import type { Sshd } from "./sshd.ts";

/** Makes `name` an instance of that CUBIC_HOME which commands reach through this server until it is disposed of. */
export async function putRunningInstance(
  home: string,
  name: string,
  { target }: Pick<Sshd, "target">,
): Promise<AsyncDisposable> {
  const { paths } = appIn(home);
  const { uuid } = await putInstance(paths, { name, user: target.user, sshPort: target.port });
  const files = instanceFiles(paths, name);
  await Deno.writeTextFile(files.clientKey, target.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(files.hostKey, `${target.hostKey}\n`);
  const standIn = startSleeper();
  const process = await identifyProcess(realHost(), standIn.pid);
  if (!process) throw new Error("the stand-in of QEMU ended");
  await writeRun(files, {
    ...{ uuid, dir: files.dir, process, accelerator: "tcg", startedAt: "2025-01-02T03:04:05.000Z" },
    // Nobody listens there: such an instance counts as unresponsive, and that is tried all the same.
    ...{ qmpSocket: `${files.dir}/none.qmp`, consoleSocket: `${files.dir}/none.con` },
  });
  return standIn;
}
