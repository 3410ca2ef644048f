/** The names of the tests in the source tree, read from the text of their files. */
import { join, relative } from "node:path";
import type { KnownTests, TestName } from "./rows.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDERS = ["cmd", "core", "distros", "plugins", "scripts", "tests"];

/** A name stands first in `Deno.test(`, `step(` or a file's own `test(`, or as `name` of what is tested. */
const NAME =
  /(?:\bDeno\.test\(|\.step\(|(?<![.\w])test\(|\bDeno\.test\(\{\s*name:)\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

/** What a template puts in; two levels of braces are enough for those that tests have. */
const HOLE = /\$\{(?:[^{}]|\{[^{}]*\})*\}/;

/** All of them, by file. */
export async function testNames(root = ROOT): Promise<KnownTests> {
  const known = new Map<string, TestName[]>();
  for (const folder of FOLDERS) {
    for await (const path of testFiles(join(root, folder))) {
      known.set(relative(root, path), namesIn(await Deno.readTextFile(path)));
    }
  }
  return known;
}

/** The names in the text of a test file. Pure. */
export function namesIn(text: string): TestName[] {
  return [...text.matchAll(NAME)].map(([, plain, template]) => {
    if (plain !== undefined) return (name) => name === unquoted(plain);
    const pattern = templatePattern(template ?? "");
    return (name) => fits(name, pattern, text);
  });
}

/** What a template puts in has to stand in the file: nobody can name a case that there is not. */
function fits(name: string, pattern: RegExp, text: string): boolean {
  const found = pattern.exec(name);
  return found !== null && found.slice(1).every((part) => text.includes(part));
}

function templatePattern(template: string): RegExp {
  const parts = template.split(HOLE).map((part) => RegExp.escape(unquoted(part)));
  return new RegExp(`^${parts.join("(.+)")}$`);
}

function unquoted(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* testFiles(path);
    else if (name.endsWith("_test.ts")) yield path;
  }
}
