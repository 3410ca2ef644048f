/** The help of every command: two examples or more, each a line that the program itself can read. */
import { deepEqual, match, ok } from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { allCommands, findCommand, pathOf } from "../../cmd/command_tree.ts";
import { expandPrefixes } from "../../cmd/prefix.ts";
import { topicNames, topicText } from "../../cmd/help/topics.ts";
import { commandTree } from "../support/command_tree.ts";
import { examplesIn, invocations } from "../support/examples.ts";

const leaves = allCommands((await commandTree()).root).filter(({ commands }) =>
  commands.length === 0
);

for (const command of leaves) {
  Deno.test(`cubic ${pathOf(command)} has examples, and reads them`, async () => {
    const tree = await commandTree();
    await tree.parse([...pathOf(command).split(" "), "--help"]);
    const examples = examplesIn(tree.help());
    ok(examples.length >= 2, `there are ${examples.length}`);
    const lines = examples.flatMap(invocations);
    for (const words of lines) await parses(words);
    ok(lines.some((words) => isOf(tree.root, command, words)), "none of them is of this command");
  });
}

for (const topic of topicNames()) {
  Deno.test(`the commands in cubic help ${topic} can be read`, async () => {
    const text = await topicText(topic) ?? "";
    match(text, /\S/);
    const typed = [...text.matchAll(/^ {2}(cubic .*)$/gm)].map(([, line = ""]) => line)
      .filter((line) => !/[A-Z]{4,}/.test(line));
    // The list of those with a schema has no arguments.
    if (topic !== "json") { for (const words of typed.flatMap(invocations)) await parses(words); }
    for (const [, line = ""] of text.matchAll(/`cubic ([a-z -]*)/g)) {
      const words = line.split(" ").filter((word) => /^[a-z]/.test(word));
      findCommand((await commandTree()).root, words);
    }
    deepEqual(text.split("\n").filter((line) => line.length > 80), []);
  });
}

Deno.test("an example that is wrong is noticed", async () => {
  for (
    const words of [["create", "web", "--imge", "x"], ["frobnicate", "web"], ["show", "a", "b"]]
  ) {
    ok(await (await commandTree()).parse(words) !== undefined, words.join(" "));
  }
});

async function parses(words: readonly string[]): Promise<void> {
  const error = await (await commandTree()).parse(words);
  deepEqual(error, undefined, `cubic ${words.join(" ")}: ${error}`);
}

function isOf(
  root: CommandUnknownOpts,
  command: CommandUnknownOpts,
  words: readonly string[],
): boolean {
  const path = pathOf(command).split(" ");
  const flags = words.filter((word) => !word.startsWith("-"));
  const names = expandPrefixes(root, flags).slice(0, path.length);
  const [parent, name] = [path.slice(0, -1), path.at(-1) ?? ""];
  return names.slice(0, -1).join(" ") === parent.join(" ") &&
    [name, ...command.aliases()].includes(names.at(-1) ?? "");
}
