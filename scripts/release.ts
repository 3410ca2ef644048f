/**
 * Prepares a release: the version in deno.json, its section in CHANGELOG.md, the man pages that name it.
 *
 *     release.ts VERSION            changes the files; commit, tag and push are yours
 *     release.ts --check TAG        only makes sure that the tag, deno.json and CHANGELOG.md agree
 *
 * The release workflow does the rest when it sees the tag: programs, packages, digests, formula.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cutChangelog, sectionOf, withVersion } from "./release/changelog.ts";
import { complain, print } from "./terminal.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { check: { type: "string" } },
    allowPositionals: true,
  });
  try {
    if (values.check !== undefined) await checkTag(values.check);
    else await prepare(positionals[0] ?? "");
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function checkTag(tag: string): Promise<void> {
  const { version } = JSON.parse(await read("deno.json"));
  if (tag !== `v${version}`) throw new Error(`The tag is ${tag}, but deno.json has ${version}.`);
  if (!sectionOf(await read("CHANGELOG.md"), version)) {
    throw new Error(`CHANGELOG.md says nothing of ${version}.`);
  }
}

async function prepare(version: string): Promise<void> {
  const manifest = withVersion(await read("deno.json"), version);
  const today = new Date().toISOString().slice(0, 10);
  const changelog = cutChangelog(await read("CHANGELOG.md"), version, today);
  // Both or none: all that can be wrong was seen before the first is written.
  await Deno.writeTextFile(join(ROOT, "deno.json"), manifest);
  await Deno.writeTextFile(join(ROOT, "CHANGELOG.md"), changelog);
  const args = ["run", "-A", join(ROOT, "scripts", "docs.ts")];
  const { success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  if (!success) throw new Error("The man pages could not be made; `deno task docs` tells why.");
  print(`Next: git commit -am "Version ${version}" && git tag -s v${version} && git push --tags`);
}

async function read(path: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, path));
}

if (import.meta.main) Deno.exit(await main());
