/** Everything there is to know about one instance. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { diskFacts } from "../qemu/img.ts";
import { fingerprint } from "../ssh/keys.ts";
import { inspectInstance, type InstanceStatus } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { readInstance } from "./store.ts";

/** An instance with its state, its files and how to reach it. */
export interface ShownInstance {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  readonly dir: string;
  /** Bytes the disk takes on the host; undefined when it can't be read. */
  readonly diskUsed: number | undefined;
  /** As `ssh-keygen -l` prints it. */
  readonly hostKeyFingerprint: string;
  /** A line for a POSIX shell. */
  readonly sshCommand: string;
}

/**
 * Gathers it.
 * @throws CubicError "instance-not-found", "instance-broken".
 */
export async function showInstance(app: App, name: string): Promise<ShownInstance> {
  const instance = await readInstance(app.paths, name);
  const files = instanceFiles(app.paths, name);
  const [status, disk, hostKey] = await Promise.all([
    inspectInstance(app, name),
    diskFacts(app.host, files.disk).catch(() => undefined),
    Deno.readTextFile(files.hostKey).catch(() => ""),
  ]);
  return {
    instance,
    status,
    dir: files.dir,
    diskUsed: disk?.actualSize,
    hostKeyFingerprint: hostKey === "" ? "missing" : await fingerprint(hostKey.trim()),
    sshCommand:
      `ssh -i ${shellWord(files.clientKey)} -o IdentitiesOnly=yes -p ${instance.sshPort} ` +
      `${instance.user}@127.0.0.1`,
  };
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
