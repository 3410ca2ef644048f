import { deepEqual } from "node:assert/strict";
import { eventsBetween, type Sighting } from "./events.ts";

const TIME = "2026-11-22T17:00:00.000Z";
const STOPPED: Sighting = { uuid: "u1", state: "stopped", revision: "a" };
const RUNNING: Sighting = {
  ...{ uuid: "u1", state: "running", revision: "a" },
  ...{ pid: 7, accelerator: "kvm", startedAt: "2026-11-22T16:00:00.000Z" },
};
const BROKEN: Sighting = { uuid: "", state: "broken", revision: "x" };

type Seen = Readonly<Record<string, Sighting>>;

/** Each event as `name event facts`. */
function happened(before: Seen, after: Seen): string[] {
  const maps = [before, after].map((seen) => new Map(Object.entries(seen)));
  return eventsBetween(maps[0]!, maps[1]!, TIME).map(({ time: _, uuid: __, ...event }) => {
    const { name, event: kind, ...facts } = event;
    return [name, kind, ...Object.values(facts)].join(" ");
  });
}

Deno.test("nothing happened when nothing changed", () => {
  deepEqual(happened({ web: RUNNING, hurt: BROKEN }, { web: RUNNING, hurt: BROKEN }), []);
});

Deno.test("events tell what became of an instance", () => {
  const paused: Sighting = { ...RUNNING, state: "paused", detail: "the host's disk is full" };
  const crashed: Sighting = { ...RUNNING, state: "crashed", detail: "its kernel panicked" };
  const killed: Sighting = { ...STOPPED, reason: "signal 15" };
  const again: Sighting = { ...RUNNING, pid: 8, startedAt: "2026-11-22T17:00:00.000Z" };
  const cases: readonly (readonly [Seen, Seen, string[]])[] = [
    [{}, { web: STOPPED }, ["web created"]],
    [{}, { web: RUNNING }, ["web created", "web started 7 kvm"]],
    [{ web: STOPPED }, { web: RUNNING }, ["web started 7 kvm"]],
    [{ web: RUNNING }, { web: STOPPED }, ["web stopped"]],
    [{ web: RUNNING }, { web: killed }, ["web stopped signal 15"]],
    [{ web: RUNNING }, { web: again }, ["web stopped", "web started 8 kvm"]],
    [{ web: RUNNING }, { web: paused }, ["web paused the host's disk is full"]],
    [{ web: paused }, { web: RUNNING }, ["web resumed"]],
    [{ web: RUNNING }, { web: crashed }, ["web crashed its kernel panicked"]],
    [{ web: crashed }, { web: STOPPED }, ["web stopped"]],
    [{ web: STOPPED }, { web: crashed }, ["web started 7 kvm", "web crashed its kernel panicked"]],
    [{ web: STOPPED }, { web: { ...STOPPED, revision: "b" } }, ["web changed"]],
    [{ web: STOPPED }, {}, ["web deleted"]],
    [{ web: RUNNING }, {}, ["web stopped", "web deleted"]],
    [{ web: STOPPED }, { web: BROKEN }, ["web broken"]],
  ];
  for (const [before, after, expected] of cases) deepEqual(happened(before, after), expected);
});

Deno.test("an instance that has another name is the same, also when two swap theirs", () => {
  const other: Sighting = { ...STOPPED, uuid: "u2" };
  deepEqual(happened({ old: STOPPED }, { web: STOPPED }), ["web renamed old"]);
  deepEqual(happened({ old: STOPPED }, { web: RUNNING }), [
    "web renamed old",
    "web started 7 kvm",
  ]);
  deepEqual(happened({ a: STOPPED, b: other }, { a: other, b: STOPPED }), [
    "a renamed b",
    "b renamed a",
  ]);
});

Deno.test("a name that another instance got is a deletion and a creation", () => {
  deepEqual(happened({ web: RUNNING }, { web: { ...STOPPED, uuid: "u2" } }), [
    "web stopped",
    "web deleted",
    "web created",
  ]);
});

Deno.test("a broken instance that is mended is known again", () => {
  deepEqual(happened({ web: BROKEN }, { web: STOPPED }), ["web mended"]);
});
