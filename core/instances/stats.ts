/** What instances use of the host, and what their guests say they use. */
import type { App } from "../app.ts";
import type { Host } from "../host.ts";
import { cpuSeconds, residentBytes } from "../process.ts";
import type { GuestMemory } from "../qemu/balloon.ts";
import { diskBytes } from "./disk_use.ts";
import { askGuestMemory, leaveGuestMemory } from "./guest_memory.ts";
import type { InstanceState, InstanceStatus, RunningFacts } from "./inspect.ts";
import { listInstances } from "./inspect.ts";
import { readInstance } from "./store.ts";

/** One instance at one moment; what does not run, or is not known, is null. */
export interface InstanceStats {
  readonly name: string;
  readonly state: InstanceState;
  /** Of one processor of the host: two that are busy are 200. */
  readonly cpuPercent: number | null;
  /** Bytes of the host's memory that QEMU holds. */
  readonly memoryHost: number | null;
  /** Bytes that the guest uses, and has, by its own account. */
  readonly memoryGuest: GuestMemory | null;
  /** Bytes that the disk takes on the host. */
  readonly diskUsed: number | null;
  /** Bytes that the guest sees. */
  readonly disk: number | null;
  /** Milliseconds since QEMU was started. */
  readonly uptime: number | null;
}

/** Which instances, and how often. */
export interface StatsRequest {
  /** Those that run when none are named. */
  readonly names: readonly string[];
  /** Milliseconds between two measurements. */
  readonly intervalMs: number;
}

/** An instance measured once; the share of a processor takes two. */
export interface Measurement extends Omit<InstanceStats, "cpuPercent"> {
  readonly pid?: number;
  readonly qmpSocket?: string;
  /** Seconds of processor time so far. */
  readonly cpu?: number | undefined;
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
}

/**
 * Yields measurements until the signal is aborted or who asks has enough; the first ones after one interval.
 * @throws CubicError "instance-not-found", "instance-broken" for a name that is wrong; "interrupted" when aborted.
 */
export async function* watchStats(
  app: App,
  { names, intervalMs }: StatsRequest,
  signal: AbortSignal,
): AsyncGenerator<InstanceStats[]> {
  for (const name of names) await readInstance(app.paths, name);
  let before = await measureAll(app, names);
  try {
    while (true) {
      await app.host.sleep(intervalMs, signal);
      const after = await measureAll(app, names);
      yield after.map((now) => statsBetween(before.find(({ name }) => name === now.name), now));
      before = after;
    }
  } finally {
    const sockets = before.flatMap(({ qmpSocket }) => qmpSocket === undefined ? [] : [qmpSocket]);
    await Promise.all(sockets.map(leaveGuestMemory));
  }
}

/** What two measurements say together. Pure. */
export function statsBetween(before: Measurement | undefined, now: Measurement): InstanceStats {
  const { name, state, memoryHost, memoryGuest, diskUsed, disk, uptime } = now;
  return {
    ...{ name, state, cpuPercent: cpuPercent(before, now) },
    ...{ memoryHost, memoryGuest, diskUsed, disk, uptime },
  };
}

/** Null for a QEMU that was not there before. */
function cpuPercent(before: Measurement | undefined, now: Measurement): number | null {
  if (now.pid === undefined || before?.pid !== now.pid) return null;
  if (now.cpu === undefined || before.cpu === undefined || now.at <= before.at) return null;
  const share = (now.cpu - before.cpu) / ((now.at - before.at) / 1000);
  return Math.max(0, Math.round(share * 1000) / 10);
}

async function measureAll(app: App, names: readonly string[]): Promise<Measurement[]> {
  const listed = await listInstances(app);
  const wanted = listed.filter((entry) =>
    names.length > 0
      ? names.includes(entry.name)
      : !("problem" in entry) && entry.status.running !== undefined
  );
  return await Promise.all(
    wanted.map((entry) =>
      "problem" in entry
        ? { ...nothing(entry.name), state: "broken" as const, at: performance.now() }
        : measure(app, entry.name, entry.instance.disk, entry.status)
    ),
  );
}

async function measure(
  app: App,
  name: string,
  disk: number,
  { state, running }: InstanceStatus,
): Promise<Measurement> {
  const at = performance.now();
  const diskUsed = await diskBytes(app.paths, name) ?? null;
  const facts = running && await measureRunning(app.host, running);
  return { ...nothing(name), state, at, disk, diskUsed, ...facts };
}

async function measureRunning(
  host: Host,
  { process: { pid }, startedAt, qmpSocket }: RunningFacts,
): Promise<Partial<Measurement>> {
  const [cpu, resident, guest] = await Promise.all([
    cpuSeconds(host, pid),
    residentBytes(host, pid),
    askGuestMemory(qmpSocket, host.now()),
  ]);
  return {
    ...{ pid, qmpSocket, cpu },
    memoryHost: resident ?? null,
    memoryGuest: guest ?? null,
    uptime: uptimeMs(startedAt, host.now()),
  };
}

/** Milliseconds since then; never less than none when the clock was set back. */
export function uptimeMs(startedAt: string, now: number): number {
  return Math.max(0, now - Date.parse(startedAt));
}

function nothing(name: string): Omit<Measurement, "at"> {
  return {
    ...{ name, state: "stopped" as const },
    ...{ memoryHost: null, memoryGuest: null, diskUsed: null, disk: null, uptime: null },
  };
}
