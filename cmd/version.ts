/** What `cubic --version` says: the version, and the commit where one was compiled in. */
import manifest from "../deno.json" with { type: "json" };

/** The version, as deno.json has it. */
export const VERSION: string = manifest.version;

/** `cubic 0.1.0 (abc1234)`, without the commit where the program runs from its sources. */
export function versionLine(commit: string | undefined = compiledCommit()): string {
  return commit === undefined ? `cubic ${VERSION}` : `cubic ${VERSION} (${commit})`;
}

/**
 * What scripts/compile.ts put beside the sources. In a clone that file may tell of another commit than the one that
 * runs, so only the compiled program looks at it.
 */
function compiledCommit(): string | undefined {
  if (!Deno.build.standalone) return undefined;
  try {
    return readCommit(Deno.readTextFileSync(new URL("../dist/build.json", import.meta.url)));
  } catch {
    // Compiled by hand, without scripts/compile.ts.
    return undefined;
  }
}

/** The commit in the text of that file; undefined where there is none, or nothing that could be one. */
export function readCommit(text: string): string | undefined {
  const { commit }: { commit?: unknown } = JSON.parse(text);
  return typeof commit === "string" && /^[0-9a-f]{7,40}(-dirty)?$/.test(commit)
    ? commit
    : undefined;
}
