/**
 * Looking at all instances again and again. There is no daemon to ask, and QEMU's control socket serves one client
 * at a time: so files and processes are looked at often, QEMU itself seldom and briefly.
 */
import type { App } from "../app.ts";
import { readTextIfThere, statIfThere } from "../atomic.ts";
import { isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import { lastLines } from "../qemu/launch.ts";
import { eventsBetween, type InstanceEvent, type Sighting, type Sightings } from "./events.ts";
import { inspectInstance } from "./inspect.ts";
import { parseInstance } from "./instance.ts";
import { recordedProcess } from "./run_record.ts";
import { instanceNames } from "./store.ts";

/** Which instances, all when none are named. */
export interface EventRequest {
  readonly names: readonly string[];
}

const LOOK_MS = 500;
/** Every so many looks QEMU itself is asked. */
const LOOKS_PER_ASK = 4;

/** Yields what happens from now on until the signal is aborted. */
export async function* watchEvents(
  app: App,
  { names }: EventRequest,
  signal: AbortSignal,
): AsyncGenerator<InstanceEvent> {
  const wanted = new Set(names);
  const concerns = ({ name, from }: InstanceEvent): boolean =>
    wanted.size === 0 || wanted.has(name) || (from !== undefined && wanted.has(from));
  let before = await lookAtAll(app, new Map(), true);
  for (let look = 1; !signal.aborted; look++) {
    if (await aborted(app.host.sleep(LOOK_MS, signal))) return;
    const after = await lookAtAll(app, before, look % LOOKS_PER_ASK === 0);
    const time = new Date(app.host.now()).toISOString();
    yield* eventsBetween(before, after, time).filter(concerns);
    before = after;
  }
}

async function aborted(sleep: Promise<void>): Promise<boolean> {
  try {
    await sleep;
    return false;
  } catch (error) {
    if (isCubicError(error, "interrupted")) return true;
    throw error;
  }
}

/** How all instances are; unless QEMU is asked, one that runs is taken to be as it was before. */
async function lookAtAll(app: App, before: Sightings, ask: boolean): Promise<Sightings> {
  const names = await instanceNames(app.paths);
  const seen = await Promise.all(
    names.map(async (name) => [name, await lookAt(app, name, before.get(name), ask)] as const),
  );
  return new Map(seen.filter((entry): entry is [string, Sighting] => entry[1] !== undefined));
}

async function lookAt(
  app: App,
  name: string,
  before: Sighting | undefined,
  ask: boolean,
): Promise<Sighting | undefined> {
  const files = instanceFiles(app.paths, name);
  const text = await readTextIfThere(files.config).catch(() => "");
  // Deleted between the list and this look.
  if (text === undefined && !(await statIfThere(files.dir))) return undefined;
  const revision = text ?? "";
  const known = before?.revision === revision ? before : undefined;
  const uuid = known ? known.uuid : uuidIn(name, files.config, revision);
  if (uuid === undefined || known?.state === "broken") {
    return { uuid: before?.uuid ?? "", state: "broken", revision };
  }
  const found = await recordedProcess(app.host, files);
  if (!found) return { uuid, state: "stopped", revision, ...await lastWord(files.qemuLog) };
  const { record, process } = found;
  const same = before?.startedAt === record.startedAt ? before : undefined;
  const answer = ask || same === undefined ? await askState(app, name) : undefined;
  return {
    ...(answer ??
      { state: same?.state ?? "running", ...(same?.detail && { detail: same.detail }) }),
    ...{ uuid, revision, pid: process.pid },
    ...{ accelerator: record.accelerator, startedAt: record.startedAt },
  };
}

function uuidIn(name: string, path: string, text: string): string | undefined {
  try {
    return parseInstance(name, path, text).uuid;
  } catch {
    return undefined;
  }
}

/** Undefined when QEMU has no time now. */
async function askState(
  app: App,
  name: string,
): Promise<Pick<Sighting, "state" | "detail"> | undefined> {
  const { state, reason } = await inspectInstance(app, name);
  if (state === "unresponsive" || state === "stopped") return undefined;
  return { state, ...(reason !== undefined && { detail: reason }) };
}

/** QEMU says it when a signal ends it, and nothing when the guest shut down. */
async function lastWord(log: string): Promise<Pick<Sighting, "reason">> {
  const signal = /terminating on (signal \d+)/.exec(await lastLines(log, 1))?.[1];
  return signal === undefined ? {} : { reason: signal };
}
