import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { deepEqual } from "node:assert/strict";
import { findSlot } from "./line.ts";

function tree(): CommandUnknownOpts {
  const start = new Command("start").argument("<names...>")
    .addOption(new Option("--accel <mode>").choices(["on", "off"]))
    .option("-w, --wait");
  const root: CommandUnknownOpts = new Command("cubic").option("-v, --verbose");
  return root.addCommand(start)
    .addCommand(
      new Command("exec").argument("<target>").argument("<command...>").option("-t, --tty"),
    )
    .addCommand(new Command("image").addCommand(new Command("list").alias("ls")));
}

/** The line with the word that is typed behind a bar, and its place. */
const CASES: readonly (readonly [line: string, kind: string, command: string, word: string])[] = [
  ["|st", "command", "cubic", "st"],
  ["-v |", "command", "cubic", ""],
  ["image |l", "command", "image", "l"],
  ["image ls |", "argument", "list", ""],
  ["start |", "argument", "start", ""],
  ["start web |d", "argument", "start", "d"],
  ["start |-", "flag", "start", "-"],
  ["start --accel |o", "value", "start", "o"],
  ["start |--accel=o", "value", "start", "o"],
  ["start --accel=on |w", "argument", "start", "w"],
  ["start --wait |w", "argument", "start", "w"],
  ["start -- |-", "argument", "start", "-"],
  ["sta |w", "argument", "start", "w"],
  ["exec |-", "flag", "exec", "-"],
  ["exec web |-", "argument", "exec", "-"],
  ["exec web tar -c |-", "argument", "exec", "-"],
  ["frob |x", "argument", "cubic", "x"],
];

for (const [line, ...expected] of CASES) {
  Deno.test(`findSlot finds the place in "${line}"`, () => {
    const [before = "", word = ""] = line.split("|");
    const slot = findSlot(tree(), before.split(" ").filter(Boolean), word);
    deepEqual([slot.kind, slot.command.name(), slot.word], expected);
  });
}

Deno.test("findSlot tells the arguments before the word", () => {
  const { before } = findSlot(tree(), ["start", "a", "--accel", "on", "-w", "b"], "");
  deepEqual(before, ["a", "b"]);
});
