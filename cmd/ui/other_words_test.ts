import { deepEqual, equal } from "node:assert/strict";
import { allCommands, namesOf, pathOf } from "../command_tree.ts";
import { commandTree } from "../../tests/support/command_tree.ts";
import { expandPrefixes } from "../prefix.ts";
import { commandHere } from "./other_words.ts";
import { unknownCommand } from "./usage.ts";

const WORDS = [
  ...["version", "launch", "up", "halt", "down", "shutdown", "kill", "destroy", "purge", "inspect"],
  ...[
    "status",
    "connect",
    "copy",
    "transfer",
    "find",
    "search",
    "pull",
    "rmi",
    "build",
    "set",
    "get",
  ],
];

Deno.test("words of other tools lead to commands that there are", async () => {
  const { parse, root } = await commandTree();
  for (const word of WORDS) {
    const [, ...words] = (commandHere(word) ?? "").split(" ");
    equal(await parse([...words, "--help"]), undefined, word);
    const path = words.filter((part) => !part.startsWith("-")).join(" ");
    equal(path === "" || allCommands(root).map(pathOf).includes(path), true, word);
  }
});

Deno.test("words of other tools are neither commands of ours nor abbreviations of them", async () => {
  const { root } = await commandTree();
  const ours = root.commands.flatMap(namesOf);
  deepEqual(WORDS.filter((word) => ours.includes(word)), []);
  for (const word of WORDS) deepEqual(expandPrefixes(root, [word]), [word]);
});

Deno.test("a word of another tool is told its name here, but not among the commands of a group", () => {
  const hint = (path: string): string | undefined =>
    unknownCommand("launch", { path, commands: [] }).hint;
  equal(hint("cubic"), "Here that is `cubic run`. `cubic --help` lists the commands.");
  equal(hint("cubic image"), "`cubic image --help` lists the commands.");
  equal(commandHere("constructor"), undefined);
});
