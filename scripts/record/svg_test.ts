import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { pictureOf } from "../record.ts";
import { type CastEvent, formatCast } from "./cast.ts";

async function draw(
  ...events: readonly (readonly [time: number, text: string])[]
): Promise<string> {
  const list = events.map(([time, text]): CastEvent => ({ time, text }));
  return await pictureOf(formatCast({ width: 20, height: 4, events: list }));
}

/** The percents at which the group around that text appears and goes away. */
function seen(svg: string, text: string): readonly string[] {
  const group = svg.split("\n").find((line) => line.startsWith("<g") && line.includes(`>${text}<`));
  const id = /id="(f\d+)"/.exec(group ?? "")?.[1] ?? "none";
  const steps = new RegExp(`@keyframes k${id.slice(1)}\\{(.*)\\}`).exec(svg)?.[1] ?? "";
  return [...steps.matchAll(/([\d.]+%)\{visibility:(\w+)\}/g)].map((step) =>
    step.slice(1).join(" ")
  );
}

Deno.test("a picture shows each line from its time until it is another", async () => {
  const svg = await draw([0, "one"], [4, "\rtwo"], [6, "\x1b[2J\x1b[Hthree"]);
  // Six seconds, and four in which the last screen stays.
  deepEqual(seen(svg, "one"), ["0% visible", "40% hidden", "100% hidden"]);
  deepEqual(seen(svg, "two"), ["0% hidden", "40% visible", "60% hidden", "100% hidden"]);
  deepEqual(seen(svg, "three"), ["0% hidden", "60% visible", "100% visible"]);
  match(svg, /animation:10\.00s step-end infinite/);
});

Deno.test("a picture draws a line that stays but once", async () => {
  const svg = await draw([0, "stays\r\n"], [1, "a"], [2, "b"], [3, "c"]);
  equal(svg.split(">stays<").length, 2);
});

Deno.test("a picture that nothing animates shows the last screen", async () => {
  const svg = await draw([0, "one"], [4, "\rtwo"]);
  const visible = [...svg.matchAll(/#(f\d+)\{[^}]*;visibility:visible\}/g)].map(([, id]) => id);
  const shown = svg.split("\n").filter((line) => visible.some((id) => line.includes(`id="${id}"`)));
  match(shown.join(""), />two</);
  doesNotMatch(shown.join(""), />one</);
  match(svg, /\.f\{visibility:hidden;/);
});

Deno.test("letters stand on the cursor, whatever came first", async () => {
  const svg = await draw([0, "a\r"], [1, "b\r"], [2, "c\r"]);
  const cursor = svg.indexOf(`<rect x="16" `);
  for (const letter of ["a", "b", "c"]) ok(cursor < svg.indexOf(`>${letter}</text>`), letter);
});

Deno.test("a picture has the colors and the weight of letters", async () => {
  const svg = await draw([0, "\x1b[31mred\x1b[0m \x1b[1mfat\x1b[22m \x1b[2mpale\x1b[0m"]);
  match(svg, /<text [^>]*style="fill:#f2777a"[^>]*>red<\/text>/);
  match(svg, /<text [^>]*class="b"[^>]*>fat<\/text>/);
  match(svg, /<text [^>]*class="d"[^>]*>pale<\/text>/);
  const more = await draw([0, "\x1b[38;5;196mcube\x1b[38;5;240mgray\x1b[38;2;1;2;3mtrue\x1b[0m"]);
  for (const color of ["#ff0000", "#585858", "#010203"]) ok(more.includes(color), color);
  match(await draw([0, "\x1b[7mturned"]), /<rect [^>]*fill="#d6d9e0"\/><text [^>]*fill:#16181d/);
});

Deno.test("columns stay where they are, whatever the width of the font's letters", async () => {
  const svg = await draw([0, "a b   c d"]);
  match(svg, /<text x="16" [^>]*textLength="25\.2">a b<\/text>/);
  match(svg, /<text x="66\.4" [^>]*textLength="25\.2">c d<\/text>/);
});

Deno.test("a picture is XML, whatever was printed, and holds nothing from elsewhere", async () => {
  const svg = await draw([0, "a<b>&c;]]>\r\n"], [1, '"quoted" é… 日本\x07\x1b]0;title\x07']);
  match(svg, />a&lt;b&gt;&amp;c;\]\]&gt;</);
  checkXml(svg);
  doesNotMatch(svg, /<script|href|url\(|@import|<foreignObject/);
});

/** Elements are closed in the order they were opened, and nothing else begins with < or &. */
function checkXml(text: string): void {
  const open: string[] = [];
  for (
    const [, close, name, , empty] of text.matchAll(
      /<(\/?)([a-z]+)((?: [\w:]+="[^"<&]*")*)(\/?)>/gi,
    )
  ) {
    if (close) equal(open.pop(), name);
    else if (!empty) open.push(name ?? "");
  }
  deepEqual(open, []);
  const rest = text.replace(/<\/?[a-z]+(?: [\w:]+="[^"<&]*")*\/?>/gi, "")
    .replace(/&(?:amp|lt|gt);/g, "");
  // deno-lint-ignore no-control-regex -- they are what must not be there
  doesNotMatch(rest, /[<&\x00-\x09\x0b-\x1f]/);
}
