/** The servers of the bench, each an instance to cubic and a plain host to its peers. */
import { dirname, join } from "node:path";
import { realHost } from "../../../core/host.ts";
import { readRun, writeRun } from "../../../core/instances/run_record.ts";
import { type InstanceFiles, instanceFiles } from "../../../core/paths.ts";
import { identifyProcess } from "../../../core/process.ts";
import { appIn } from "../../support/image.ts";
import { putRunningInstance } from "../../support/running_sshd.ts";
import { startSshd } from "../../support/sshd.ts";

/** Where contenders copy to and from. */
export interface Server {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** The client's key, for programs that take a file. */
  readonly keyFile: string;
  /** The name cubic has for it, and the CUBIC_HOME in which it does. */
  readonly instance: string;
  readonly home: string;
}

/** OpenSSH's server on a loopback port. */
export interface Loopback extends AsyncDisposable {
  readonly server: Server;
  /** A directory for the files of both sides, removed with the server; $TMPDIR decides where it is. */
  readonly dir: string;
}

/** Starts it, and makes a running instance of it, so that the whole program is measured and not a part of it. */
export async function startLoopback(): Promise<Loopback> {
  await using stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd());
  const [home, instance] = [join(sshd.dir, "cubic"), "bench"];
  stack.use(await putRunningInstance(home, instance, sshd));
  const files = instanceFiles(appIn(home).paths, instance);
  await outliveStandIn(files);
  const { user, host, port } = sshd.target;
  const rest = stack.move();
  return {
    server: { user, host, port, keyFile: files.clientKey, instance, home },
    dir: sshd.dir,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** What stands in for QEMU ends after ten minutes, which a case may take; this program is there as long as it does. */
async function outliveStandIn(files: InstanceFiles): Promise<void> {
  const [record, process] = [await readRun(files), await identifyProcess(realHost(), Deno.pid)];
  if (record && process) await writeRun(files, { ...record, process });
}

/** The CUBIC_HOME that an instance's key file belongs to. */
export function homeOfKey(keyFile: string): string {
  return dirname(dirname(dirname(keyFile)));
}
