/** CHANGELOG.md as a text of sections: `## Unreleased` on top, then `## 1.2.3 (2026-01-31)` and older ones. Pure. */

const UNRELEASED = "Unreleased";

/** The text below the heading of a version, without blank lines around it; undefined when there is none. */
export function sectionOf(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => /^\S+/.exec(text)?.[0] === version);
  return section?.slice(section.indexOf("\n")).trim();
}

/**
 * The changelog with what is unreleased under the heading of a version, and nothing unreleased.
 * @throws Error when there is nothing to release, or the version has been released.
 */
export function cutChangelog(changelog: string, version: string, date: string): string {
  if (sectionOf(changelog, version) !== undefined) {
    throw new Error(`CHANGELOG.md has ${version} already`);
  }
  if (!sectionOf(changelog, UNRELEASED)) {
    throw new Error(`CHANGELOG.md has nothing below "## ${UNRELEASED}"`);
  }
  return changelog.replace(
    new RegExp(`^## ${UNRELEASED}$`, "m"),
    `## ${UNRELEASED}\n\n## ${version} (${date})`,
  );
}

/** deno.json with another version, and nothing else changed. */
export function withVersion(manifest: string, version: string): string {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version)) {
    throw new Error(`${version} is no version: write three numbers, such as 0.2.0`);
  }
  const changed = manifest.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`);
  if (JSON.parse(changed).version !== version) {
    throw new Error("deno.json has no version to change");
  }
  return changed;
}
