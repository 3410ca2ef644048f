/** What happened to instances, told from how they were and how they are. Pure. */
import type { InstanceState } from "./inspect.ts";

/** How one instance was seen. */
export interface Sighting {
  /** The last one that was known when it is broken; "" when there never was one. */
  readonly uuid: string;
  readonly state: InstanceState;
  /** Why it is paused or crashed: "its kernel panicked", "the host's disk is full". */
  readonly detail?: string;
  readonly pid?: number;
  readonly accelerator?: string;
  /** When that QEMU was started; tells a restart from a run. */
  readonly startedAt?: string;
  /** Why it is stopped, when its QEMU left word: "signal 15". */
  readonly reason?: string;
  /** Changes with instance.toml. */
  readonly revision: string;
}

/** All instances at one moment, by name. */
export type Sightings = ReadonlyMap<string, Sighting>;

/** What can happen. */
export const EVENT_KINDS = [
  "created",
  "deleted",
  "renamed",
  "changed",
  "started",
  "stopped",
  "paused",
  "resumed",
  "crashed",
  "broken",
  "mended",
] as const;

/** One of them. */
export type EventKind = typeof EVENT_KINDS[number];

/** Something that happened. */
export interface InstanceEvent {
  /** ISO 8601, UTC: when it was noticed. */
  readonly time: string;
  readonly event: EventKind;
  readonly name: string;
  readonly uuid: string;
  /** The former name of one that was renamed. */
  readonly from?: string;
  readonly pid?: number;
  readonly accelerator?: string;
  readonly reason?: string;
}

/** What happened between two moments, in the order in which it must have. */
export function eventsBetween(before: Sightings, after: Sightings, time: string): InstanceEvent[] {
  const renamed = renames(before, after);
  const events: InstanceEvent[] = [];
  for (const [name, old] of before) {
    if (isSame(old, after.get(name)) || renamed.has(old.uuid)) continue;
    if (isUp(old)) events.push({ time, event: "stopped", name, uuid: old.uuid });
    events.push({ time, event: "deleted", name, uuid: old.uuid });
  }
  for (const [name, now] of after) {
    const from = renamed.get(now.uuid);
    const old = before.get(from ?? name);
    if (from !== undefined) events.push({ time, event: "renamed", name, uuid: now.uuid, from });
    const known = isSame(now, old) ? old : undefined;
    if (!known) events.push({ time, event: "created", name, uuid: now.uuid });
    events.push(
      ...changes(known, now).map((change) => ({ time, name, uuid: now.uuid, ...change })),
    );
  }
  return events;
}

/** One that is broken, without a uuid to know it by, is what had its name. */
function isSame({ uuid }: Sighting, other: Sighting | undefined): boolean {
  return other !== undefined && (other.uuid === uuid || other.uuid === "" || uuid === "");
}

/** Former names by uuid. */
function renames(before: Sightings, after: Sightings): Map<string, string> {
  const now = new Map([...after].map(([name, { uuid }]) => [uuid, name]));
  const found = new Map<string, string>();
  for (const [name, { uuid }] of before) {
    const other = uuid === "" ? undefined : now.get(uuid);
    if (other !== undefined && other !== name && after.get(name)?.uuid !== uuid) {
      found.set(uuid, name);
    }
  }
  return found;
}

type Change = Omit<InstanceEvent, "time" | "name" | "uuid">;

function changes(old: Sighting | undefined, now: Sighting): Change[] {
  const found: Change[] = [];
  if (old && old.state !== "broken" && now.state === "broken") return [{ event: "broken" }];
  if (old?.state === "broken" && now.state !== "broken") found.push({ event: "mended" });
  else if (old && old.revision !== now.revision) found.push({ event: "changed" });
  const restarted = old !== undefined && isUp(old) && isUp(now) && old.startedAt !== now.startedAt;
  if (old && isUp(old) && (restarted || !isUp(now))) {
    found.push({ event: "stopped", ...(now.reason !== undefined && { reason: now.reason }) });
  }
  const since = restarted ? undefined : old;
  if (isUp(now) && !(since && isUp(since))) found.push(started(now));
  return [...found, ...stateChanges(since?.state, now)];
}

function started({ pid, accelerator }: Sighting): Change {
  return {
    event: "started",
    ...(pid !== undefined && { pid }),
    ...(accelerator !== undefined && { accelerator }),
  };
}

/** QEMU that does not answer is busy with another command as a rule: that is no news. */
function stateChanges(before: InstanceState | undefined, now: Sighting): Change[] {
  if (before === now.state) return [];
  const reason = now.detail === undefined ? {} : { reason: now.detail };
  if (now.state === "paused") return [{ event: "paused", ...reason }];
  if (now.state === "crashed") return [{ event: "crashed", ...reason }];
  const wasHeld = before === "paused" || before === "crashed";
  return now.state === "running" && wasHeld ? [{ event: "resumed" }] : [];
}

function isUp({ state }: Sighting): boolean {
  return state !== "stopped" && state !== "broken";
}
