/** The pages for people: where their links lead, and what they tell to type. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { childOf } from "../cmd/command_tree.ts";
import { expandPrefixes } from "../cmd/prefix.ts";
import { commandTree } from "./support/command_tree.ts";
import { invocations } from "./support/examples.ts";
import { anchorsOf, linksIn, typedIn } from "./support/markdown.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
/** The one that other pages hang on. */
const FRONT = "README.md";
/** One names what upstream has, too; the other is the help, which has a test of its own. */
const OTHER_LINES = ["docs/parity.md", "docs/commands.md"];

async function pages(): Promise<string[]> {
  const inDocs = (await Array.fromAsync(Deno.readDir(join(ROOT, "docs"))))
    .map(({ name }) => `docs/${name}`).filter((path) => path.endsWith(".md"));
  return [FRONT, "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ...inDocs.sort()];
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, path));
}

/** Why a link of a page leads nowhere, if it does. */
async function faultOfLink(page: string, path: string, anchor: string): Promise<string[]> {
  const target = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
  const found = await Deno.stat(join(ROOT, target)).catch(() => undefined);
  if (!found) return [`${page}: there is no ${target}`];
  if (anchor === "" || anchorsOf(await read(target)).has(anchor)) return [];
  return [`${page}: ${target} has no heading #${anchor}`];
}

/** The files in backquotes; those of examples have a `<` in their names. */
function sourcesIn(markdown: string): string[] {
  const folders = "cmd|core|distros|plugins|scripts|tests|packaging|docs";
  const paths = markdown.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, "g"));
  return [...paths].map(([, path = ""]) => path);
}

/** Why a line can't be typed, if so. Where it shows a form, as in `[-r]`, only its command and options are looked at. */
async function faultsOfLine(line: string): Promise<string[]> {
  const { root } = await commandTree();
  const faults: string[] = [];
  for (const words of invocations(line)) {
    if (words.some((word) => word.startsWith("["))) {
      faults.push(...faultsOfForm(root, words));
      continue;
    }
    const error = await (await commandTree()).parse(words);
    if (error !== undefined) faults.push(`cubic ${words.join(" ")}: ${error}`);
  }
  return faults;
}

function faultsOfForm(root: CommandUnknownOpts, form: readonly string[]): string[] {
  const words = expandPrefixes(root, form.flatMap((word) => word.split(/[[\]|…]+/)))
    .filter((word) => word !== "");
  let command = root;
  for (const word of words) {
    const child = command.commands.length > 0 ? childOf(command, word) : undefined;
    if (!child) break;
    command = child;
  }
  if (command === root) return [`cubic ${words.join(" ")}: no such command`];
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  return words.filter((word) => word.startsWith("-") && !known.includes(word))
    .map((word) => `cubic ${command.name()}: no option ${word}`);
}

Deno.test("every link of our pages leads to a file, and to a heading in it", async () => {
  const faults: string[] = [];
  let count = 0;
  for (const page of await pages()) {
    for (const { path, anchor } of linksIn(await read(page))) {
      count++;
      faults.push(...await faultOfLink(page, path, anchor));
    }
  }
  deepEqual(faults, []);
  ok(count > 60, `${count} links were looked at`);
});

Deno.test("every page of docs is reached from the README", async () => {
  const linked = new Set(linksIn(await read(FRONT)).map(({ path }) => path));
  const missing = (await pages()).filter((page) => page !== FRONT && !linked.has(page));
  deepEqual(missing, []);
});

Deno.test("every file of the source that our pages name is there", async () => {
  const missing: string[] = [];
  let count = 0;
  for (const page of await pages()) {
    for (const path of sourcesIn(await read(page))) {
      count++;
      if (!await Deno.stat(join(ROOT, path)).catch(() => undefined)) {
        missing.push(`${page}: there is no ${path}`);
      }
    }
  }
  deepEqual(missing, []);
  ok(count > 60, `${count} names were looked at`);
});

Deno.test("every line of cubic in the pages' blocks can be typed", async () => {
  const faults: string[] = [];
  let count = 0;
  for (const page of await pages()) {
    if (OTHER_LINES.includes(page)) continue;
    for (const line of typedIn(await read(page))) {
      count += invocations(line).length;
      for (const fault of await faultsOfLine(line)) faults.push(`${page}: ${fault}`);
    }
  }
  deepEqual(faults, []);
  ok(count > 70, `${count} lines were looked at`);
});

Deno.test("a link, a name or a line that is wrong is noticed", async () => {
  deepEqual(await faultOfLink("docs/files.md", "gone.md", ""), [
    "docs/files.md: there is no docs/gone.md",
  ]);
  deepEqual(await faultOfLink("docs/files.md", "../README.md", "nothing"), [
    "docs/files.md: README.md has no heading #nothing",
  ]);
  for (const line of ["cubic frob", "x=$(cubic create --frob)", "cubic scp [-z] SRC… DST"]) {
    equal((await faultsOfLine(line)).length, 1, line);
  }
  deepEqual(sourcesIn("`core/a.ts`, `docs/b.md#c`, `cmd/<name>.ts` and tests/d.ts"), ["core/a.ts"]);
  deepEqual(await faultsOfLine("cubic scp [-r] [--exclude GLOB] SRC… DST"), []);
});

Deno.test("links, headings and blocks are read as GitHub reads them", () => {
  const text = [
    ...["# A page: `x` & *y*", "", "See [b](b.md#c), [here](#a) and <https://x.example>;", ""],
    ...["    $ cubic ls", "    NAME", "", "    $ cubic ps", "", "[w](https://w.example/)", ""],
    ...["```sh", "cubic show web", "[no](no.md)", "```", "## Twice", "## Twice", "`[c](c.md)`"],
  ].join("\n");
  deepEqual(linksIn(text).map(({ target }) => target), ["b.md#c", "#a"]);
  deepEqual([...anchorsOf(text)], ["a-page-x--y", "twice", "twice-1"]);
  deepEqual(typedIn(text), ["cubic ls", "cubic ps", "cubic show web", "[no](no.md)"]);
});
