/**
 * Prints what CHANGELOG.md says of a version, for the page of its release.
 *
 *     release_notes.ts VERSION    also with the v of its tag
 */
import { join } from "node:path";
import { sectionOf } from "./release/changelog.ts";
import { complain, print } from "./terminal.ts";

async function main(): Promise<number> {
  const version = (Deno.args[0] ?? "").replace(/^v/, "");
  const path = join(import.meta.dirname ?? ".", "..", "CHANGELOG.md");
  const notes = sectionOf(await Deno.readTextFile(path), version);
  if (!notes) {
    complain(`CHANGELOG.md says nothing of ${version || "no version"}.`);
    return 1;
  }
  print(notes);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
