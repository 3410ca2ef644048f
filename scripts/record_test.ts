import { doesNotMatch, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { pictureOf } from "./record.ts";
import { parseCast } from "./record/cast.ts";
import { LINES } from "./record/demo.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const CAST = await Deno.readTextFile(join(ROOT, "docs", "demo.cast"));
const PICTURE = await Deno.readTextFile(join(ROOT, "docs", "demo.svg"));

Deno.test("docs/demo.svg is what the script makes of docs/demo.cast", async () => {
  equal(PICTURE, await pictureOf(CAST));
});

Deno.test("the recording is of the session in scripts/record/demo.ts, and short", () => {
  const { events, width } = parseCast(CAST);
  const text = events.map((event) => event.text).join("");
  for (const { typed } of LINES) ok(text.includes(typed), typed);
  ok((events.at(-1)?.time ?? 0) < 45);
  equal(width, 80);
  ok(PICTURE.length < 300_000, `${PICTURE.length} bytes`);
});

Deno.test("the recording shows nothing of the machine it was made on", () => {
  // The guest has a home for its user, ada.
  const own = /\/tmp\/|\/root|\/home\/(?!ada\/)|\/work\/|root@/;
  for (const text of [CAST, PICTURE]) doesNotMatch(text, own);
});

Deno.test("README.md shows the recording", async () => {
  ok((await Deno.readTextFile(join(ROOT, "README.md"))).includes("](docs/demo.svg)"));
});
