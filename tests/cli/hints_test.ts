/** What our texts tell people to type: every command and option in them is there. */
import { deepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { childOf } from "../../cmd/command_tree.ts";
import { expandPrefixes } from "../../cmd/prefix.ts";
import { commandTree } from "../support/command_tree.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
/** Names what upstream has, too. */
const PARITY = "docs/parity.md";
const PLACES = ["cmd", "core", "distros", "plugins", "docs", "README.md"];

/** The faults of a line that somebody is told to type; undefined when it is none of ours. */
function faultOf(root: CommandUnknownOpts, line: string): string | undefined {
  const typed = line.replace(/ -- .*/, "").split(/\s+/).slice(1);
  const words = expandPrefixes(root, typed);
  let command = root;
  for (const word of words) {
    if (command.commands.length === 0 || !/^[a-z][a-z-]*$/.test(word)) break;
    const child = childOf(command, word);
    if (!child) return `no command ${word}`;
    command = child;
  }
  if (command.name() === "exec" || command.name() === "run") return undefined;
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const flags = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split("=")[0]);
  const unknown = flags.filter((flag) => !known.includes(flag) && flag !== "--help");
  return unknown.length === 0 ? undefined : `no option ${unknown.join(", ")}`;
}

/** The lines in backquotes that begin with `cubic`. */
function linesIn(text: string): string[] {
  return [...text.matchAll(/\\?`(cubic [^`$\\]*)/g)].map(([, line = ""]) => line.trim());
}

async function* texts(path: string): AsyncGenerator<readonly [path: string, text: string]> {
  const full = join(ROOT, path);
  if (path === PARITY) return;
  if ((await Deno.stat(full)).isFile) {
    if (/(?<!_test)\.(?:ts|md)$/.test(path)) yield [path, await Deno.readTextFile(full)];
    return;
  }
  for await (const { name } of Deno.readDir(full)) yield* texts(`${path}/${name}`);
}

Deno.test("every command and option that our texts name can be typed", async () => {
  const { root } = await commandTree();
  const faults: string[] = [];
  let count = 0;
  for (const place of PLACES) {
    for await (const [path, text] of texts(place)) {
      for (const line of linesIn(text)) {
        count++;
        const fault = faultOf(root, line);
        if (fault !== undefined) faults.push(`${path}: \`${line}\`: ${fault}`);
      }
    }
  }
  deepEqual(faults, []);
  ok(count > 100, `${count} lines were looked at`);
});

Deno.test("a command or option that is not there is noticed", async () => {
  const { root } = await commandTree();
  for (const line of ["cubic frob", "cubic image frob", "cubic start --frob", "cubic -x"]) {
    ok(faultOf(root, line) !== undefined, line);
  }
  deepEqual(linesIn("hint: `cubic ls --all`, or \\`cubic show ${name}\\`."), [
    "cubic ls --all",
    "cubic show",
  ]);
});
