import { equal, throws } from "node:assert/strict";
import { cutChangelog, sectionOf, withVersion } from "./changelog.ts";

const CHANGELOG = `# Changelog

## Unreleased

- New.

### Details

More.

## 1.0.0 (2026-01-31)

- Old.
`;

Deno.test("sectionOf takes the text of one version, with its sub-headings", () => {
  equal(sectionOf(CHANGELOG, "Unreleased"), "- New.\n\n### Details\n\nMore.");
  equal(sectionOf(CHANGELOG, "1.0.0"), "- Old.");
  equal(sectionOf(CHANGELOG, "1.0"), undefined);
});

Deno.test("cutChangelog gives what is unreleased a number, once", () => {
  const cut = cutChangelog(CHANGELOG, "1.1.0", "2026-02-28");
  equal(sectionOf(cut, "1.1.0"), sectionOf(CHANGELOG, "Unreleased"));
  equal(sectionOf(cut, "Unreleased"), "");
  equal(sectionOf(cut, "1.0.0"), "- Old.");
  equal(cut.includes("\n## 1.1.0 (2026-02-28)\n\n- New."), true);
  throws(() => cutChangelog(cut, "1.1.0", "2026-02-28"), /has 1\.1\.0 already/);
  throws(() => cutChangelog(cut, "1.2.0", "2026-02-28"), /nothing below/);
});

Deno.test("withVersion changes the version of deno.json and nothing else", async () => {
  const manifest = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const { version, ...others } = JSON.parse(manifest);
  const changed = withVersion(manifest, "9.8.7-rc.1");
  equal(changed.replace('"9.8.7-rc.1"', `"${version}"`), manifest);
  equal(JSON.stringify(JSON.parse(changed)), JSON.stringify({ version: "9.8.7-rc.1", ...others }));
  for (const wrong of ["v1.0.0", "1.0", '1.0.0", "x": "']) {
    throws(() => withVersion(manifest, wrong), /is no version/);
  }
  throws(() => withVersion("{}", "1.0.0"), /no version to change/);
});
