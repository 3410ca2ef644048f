/** Everything there is to know about one instance. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { residentBytes } from "../process.ts";
import type { GuestMemory } from "../qemu/balloon.ts";
import { quoteWord } from "../shell_word.ts";
import { fingerprint } from "../ssh/keys.ts";
import { diskBytes } from "./disk_use.ts";
import { askGuestMemory, leaveGuestMemory } from "./guest_memory.ts";
import { inspectInstance, type InstanceStatus, type RunningFacts } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { pendingChanges } from "./pending.ts";
import type { StartedAs } from "./run_record.ts";
import { sshEntry } from "./ssh_files.ts";
import { readInstance } from "./store.ts";

/** An instance with its state, its files and how to reach it. */
export interface ShownInstance {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  readonly dir: string;
  /** Bytes the disk takes on the host; undefined when it can't be read. */
  readonly diskUsed: number | undefined;
  /** Bytes of the host's memory that QEMU holds; null when it does not run. */
  readonly memoryHost: number | null;
  /** What the guest uses by its own account; null when it does not run, was not asked or did not answer. */
  readonly memoryGuest: GuestMemory | null;
  /** What was changed since it was started and waits for the next start. */
  readonly pending: readonly (keyof StartedAs)[];
  /** As `ssh-keygen -l` prints it. */
  readonly hostKeyFingerprint: string;
  /** A line for a POSIX shell. */
  readonly sshCommand: string;
}

/**
 * Gathers it.
 * @throws CubicError "instance-not-found", "instance-broken".
 */
export async function showInstance(
  app: App,
  name: string,
  options: { readonly askGuest?: boolean } = {},
): Promise<ShownInstance> {
  const instance = await readInstance(app.paths, name);
  const files = instanceFiles(app.paths, name);
  const [status, disk, hostKey] = await Promise.all([
    inspectInstance(app, name),
    diskBytes(app.paths, name),
    Deno.readTextFile(files.hostKey).catch(() => ""),
  ]);
  const { running } = status;
  const [memoryHost, memoryGuest] = await Promise.all([
    running && residentBytes(app.host, running.process.pid),
    running && options.askGuest ? askOnce(app, running) : undefined,
  ]);
  return {
    instance,
    status,
    dir: files.dir,
    diskUsed: disk,
    memoryHost: memoryHost ?? null,
    memoryGuest: memoryGuest ?? null,
    pending: pendingChanges(instance, status),
    hostKeyFingerprint: hostKey === "" ? "missing" : await fingerprint(hostKey.trim()),
    sshCommand: `ssh -F ${quoteWord(files.sshConfig)} ${sshEntry(instance, files).host}`,
  };
}

/** How long a guest may take to answer: its driver is asked once a second. */
const ANSWER_MS = 3000;

async function askOnce(
  { host }: App,
  { qmpSocket }: RunningFacts,
): Promise<GuestMemory | undefined> {
  const deadline = performance.now() + ANSWER_MS;
  try {
    while (true) {
      const answer = await askGuestMemory(qmpSocket, host.now());
      if (answer || performance.now() > deadline) return answer;
      await host.sleep(250);
    }
  } finally {
    await leaveGuestMemory(qmpSocket);
  }
}
