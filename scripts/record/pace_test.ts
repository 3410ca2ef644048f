import { deepEqual } from "node:assert/strict";
import { joinParts, mergeEvents } from "./pace.ts";

Deno.test("joinParts() plays one part after the other, and cuts long waits", () => {
  const parts = [
    [{ time: 0.5, text: "a" }, { time: 1, text: "b" }],
    [{ time: 0, text: "c" }, { time: 30, text: "d" }, { time: 60, text: "e" }],
    [],
    [{ time: 2, text: "f" }],
  ];
  deepEqual(joinParts(parts, 2), [
    { time: 0.5, text: "a" },
    { time: 1, text: "b" },
    { time: 1, text: "c" },
    { time: 3, text: "d" },
    { time: 3, text: "e" },
    { time: 5, text: "f" },
  ]);
});

Deno.test("mergeEvents() keeps all of the text and its order, in fewer events", () => {
  const events = Array.from({ length: 600 }, (_, at) => ({ time: at / 100, text: `${at} ` }));
  const merged = mergeEvents(events);
  deepEqual(merged.map(({ text }) => text).join(""), events.map(({ text }) => text).join(""));
  deepEqual(merged.at(-1)?.time, 5.99);
  // Six seconds, twelve pictures in each.
  deepEqual(merged.length, 72);
});

Deno.test("mergeEvents() leaves events alone that are far from each other", () => {
  const events = [{ time: 0, text: "a" }, { time: 0.5, text: "" }, { time: 1, text: "b" }];
  deepEqual(mergeEvents(events), events);
});
