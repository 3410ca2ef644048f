import assert from "node:assert/strict";
import { giveBack, segmentOf, takeSegment } from "./segment.ts";

Deno.test("a new connection takes what nobody is at, then half of the most that is left", () => {
  const first = { ...segmentOf({ start: 0, end: 100 }), next: 20 };
  const active = new Set([first]);
  const there = [{ start: 0, end: 10 }];
  const gap = takeSegment(there, 150, active, 10);
  assert.deepEqual(gap, segmentOf({ start: 100, end: 150 }));
  active.add(gap!);
  const half = takeSegment(there, 150, active, 10);
  assert.deepEqual(half, segmentOf({ start: 60, end: 100 }));
  assert.equal(first.end, 60);
  active.add(half!);
  assert.equal(takeSegment(there, 150, active, 30), undefined, "halves would be too small");
});

Deno.test("what was taken and brought nothing goes back to a connection that brings it anyway", () => {
  const first = segmentOf({ start: 0, end: 100 });
  const active = new Set([first]);
  const taken = takeSegment([], 100, active, 1)!;
  giveBack({ ...taken, next: taken.start + 1 }, active);
  assert.equal(first.end, 50, "some of it has come");
  giveBack(taken, active);
  assert.equal(first.end, 100);
  first.asked = first.end = 50;
  giveBack(taken, active);
  assert.equal(first.end, 50, "it has ended");
});
