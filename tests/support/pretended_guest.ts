/** An instance that seems to run: its guest is an sshd of this host, its QEMU a process and a QMP socket. */
import { dirname } from "node:path";
import type { App } from "../../core/app.ts";
import { ensurePrivateDir } from "../../core/atomic.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { runPlace, writeRun } from "../../core/instances/run_record.ts";
import { writeInstance } from "../../core/instances/store.ts";
import { instanceFiles } from "../../core/paths.ts";
import { identifyProcess } from "../../core/process.ts";
import { type Child, startPretendedQemu } from "./child.ts";
import { putInstance } from "./instance.ts";
import { answering, type Request, serveQmp } from "./qmp_server.ts";
import { type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

/** The instance and what stands behind it; ends with `await using`. */
export interface PretendedGuest extends AsyncDisposable {
  readonly instance: Instance;
  readonly sshd: Sshd;
  /** Ending it is the end of the machine. */
  readonly qemu: Child;
}

/** What may differ from a guest that is well. */
export interface Pretence extends SshdOptions {
  readonly name?: string;
  /** What QEMU answers; that it runs when left out. */
  readonly answer?: (command: string, request: Request) => unknown;
}

/** Makes one in that home. */
export async function pretendGuest(app: App, options: Pretence = {}): Promise<PretendedGuest> {
  const { name = "web", answer = isWell } = options;
  await using stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd(options));
  const { port, user, privateKey, hostKey } = sshd.target;
  const instance = await putInstance(app.paths, { name, sshPort: port, user });
  const qemu = stack.use(startPretendedQemu(instance.uuid));
  const files = instanceFiles(app.paths, name);
  await Deno.writeTextFile(files.clientKey, privateKey, { mode: 0o600 });
  await Deno.writeTextFile(files.hostKey, `${hostKey}\n`);
  // Once more, now that there is a host key to tell OpenSSH of.
  await writeInstance(app.paths, instance);
  const place = await runPlace(app.paths, instance);
  await ensurePrivateDir(dirname(place.qmpSocket));
  stack.use(serveQmp(place.qmpSocket, answering(answer)));
  const process = (await identifyProcess(app.host, qemu.pid))!;
  const startedAt = new Date().toISOString();
  await writeRun(files, { ...place, process, accelerator: "tcg", startedAt });
  const rest = stack.move();
  return { instance, sshd, qemu, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

function isWell(command: string): unknown {
  if (command === "query-status") return { status: "running", running: true };
  return command === "qom-list" ? [] : {};
}
