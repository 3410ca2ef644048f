import { deepEqual, equal } from "node:assert/strict";
import { findBalloon, readGuestStats } from "./balloon.ts";
import type { Qmp } from "./qmp.ts";

const NOW = 1_795_368_000_000;
const STATS = { "stat-total-memory": 1000, "stat-available-memory": 400, "stat-free-memory": 300 };
const FRESH = { "last-update": NOW / 1000 - 1, stats: STATS };
/** QEMU's word for "unknown": 2^64 - 1. */
const UNKNOWN = 18446744073709551615;

Deno.test("readGuestStats() tells what is not to be had for new programs", () => {
  deepEqual(readGuestStats(FRESH, NOW), { used: 600, total: 1000 });
});

Deno.test("readGuestStats() takes what is free from a driver that knows no more", () => {
  const stats = { ...STATS, "stat-available-memory": UNKNOWN };
  deepEqual(readGuestStats({ ...FRESH, stats }, NOW), { used: 700, total: 1000 });
});

Deno.test("readGuestStats() knows nothing without an answer, or from an old one", () => {
  const unknown = { "stat-total-memory": UNKNOWN, "stat-free-memory": UNKNOWN };
  equal(readGuestStats({ ...FRESH, stats: unknown }, NOW), undefined);
  equal(readGuestStats({ ...FRESH, stats: {} }, NOW), undefined);
  equal(readGuestStats({ ...FRESH, "last-update": 0 }, NOW), undefined);
  equal(readGuestStats({ ...FRESH, "last-update": NOW / 1000 - 60 }, NOW), undefined);
});

Deno.test("findBalloon() looks among the devices with a name and those without", async () => {
  const tree = (parent: string, type: string): Qmp => ({
    execute: (_command, args) =>
      Promise.resolve(args?.["path"] === parent ? [{ name: "device[2]", type }] : []),
    close: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const balloon = "child<virtio-balloon-pci>";
  for (const parent of ["/machine/peripheral", "/machine/peripheral-anon"]) {
    equal(await findBalloon(tree(parent, balloon)), `${parent}/device[2]`);
  }
  equal(await findBalloon(tree("/machine/peripheral", "child<virtio-rng-pci>")), undefined);
});
