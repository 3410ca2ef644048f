import { deepEqual, match, ok } from "node:assert/strict";
import { makeRandom } from "../../tests/support/random.ts";
import {
  drawLines,
  ERASE,
  IDLE,
  type Live,
  renderLive,
  withBytes,
  withoutTransfer,
  withStep,
} from "./live.ts";
import { textWidth } from "./text.ts";

const MIB = 1024 ** 2;
const SIZE = { columns: 80, rows: 24 };

/** What is there after these events: a text is a step, a tuple is bytes. */
function after(
  ...events: (string | [label: string, done: number, total?: number | undefined])[]
): Live {
  return events.reduce((live: Live, event) => {
    if (typeof event === "string") return withStep(live, event, 0);
    const [label, done, total] = event;
    return withBytes(live, { label, done, total }, 0);
  }, IDLE);
}

function labels(live: Live): (string | undefined)[] {
  return [...live.transfers.map(({ label }) => label), live.step?.text];
}

Deno.test("live lines have one for each transfer, with the same facts at the same places", () => {
  const live = after(
    ["debian:12", 100 * MIB, 300 * MIB],
    ["ubuntu:24.04:arm64", 10 * MIB, 600 * MIB],
    ["alpine", 50 * MIB, 50 * MIB],
  );
  deepEqual(renderLive(live, 0, SIZE), [
    "debian:12           [========>               ]   33 %  100 M of 300 M",
    "ubuntu:24.04:arm64  [>                       ]    1 %  10 M of 600 M",
    "alpine              [========================]  100 %  50 M of 50 M",
  ]);
});

Deno.test("live lines of unknown length have no bar and take none from the others", () => {
  const live = after(["a", 1, undefined], ["b", 1, 2]);
  deepEqual(renderLive(live, 0, SIZE), [
    "a  1 B",
    "b  [============>           ]   50 %  1 B of 2 B",
  ]);
});

Deno.test("live lines keep a complete transfer until all are, then begin anew", () => {
  deepEqual(labels(after(["a", 1, 1], ["b", 0, 1])), ["b", undefined]);
  deepEqual(labels(after(["a", 0, 1], ["b", 0, 1], ["a", 1, 1])), ["a", "b", undefined]);
  deepEqual(labels(after(["a", 1, 2], ["b", 0, 1], ["b", 1, 1], ["c", 0, 1])), [
    ...["a", "b", "c"],
    undefined,
  ]);
});

Deno.test("live lines give way to a step, but several transfers that go on do not", () => {
  deepEqual(labels(after(["a", 0, 1], "Verifying a")), ["Verifying a"]);
  deepEqual(labels(after(["a", 0, 1], ["b", 0, 1], "Verifying a")), ["a", "b", "Verifying a"]);
  deepEqual(labels(after(["a", 0, 1], ["b", 0, 1], ["a", 1, 1], ["b", 1, 1], "Next")), ["Next"]);
  deepEqual(labels(after("Looking", ["a", 0, 1])), ["a", undefined]);
});

Deno.test("live lines keep the age of a step that is named again", () => {
  const live = withStep(withStep(IDLE, "Waiting", 0), "Waiting", 5000);
  match(renderLive(live, 5000, SIZE)[0] ?? "", /5\.0 s$/);
});

Deno.test("live lines lose the one of a transfer that is over", () => {
  const live = withoutTransfer(after(["a", 0, 1], ["b", 0, 1]), "a");
  deepEqual(labels(live), ["b", undefined]);
  deepEqual(renderLive(withoutTransfer(live, "b"), 0, SIZE), []);
});

Deno.test("live lines are fewer than the terminal is high; what goes on is shown first", () => {
  const all = Array.from({ length: 10 }, (_, index): [string, number, number] => [
    `image${index}`,
    index < 8 ? 1 : 0,
    1,
  ]);
  // One that goes on first: complete ones alone would make room for the next.
  const live = after(["first", 0, 1], ...all);
  const shown = renderLive(live, 0, { columns: 80, rows: 6 }).map((line) => line.split("  ")[0]);
  deepEqual(shown.map((line) => line?.trim()), [
    ...["first", "image0", "image8", "image9"],
    "… and 7 more",
  ]);
  for (let rows = 0; rows <= 30; rows++) {
    for (const state of [live, withStep(live, "Verifying", 0)]) {
      const lines = renderLive(state, 0, { columns: 80, rows });
      ok(lines.length <= Math.max(1, (rows || 24) - 1), `${lines.length} lines of ${rows}`);
    }
  }
});

Deno.test("live lines never are as wide as the terminal, at any width", () => {
  const live = withStep(
    after(["日本語のファイル名.tar.gz", 5, 9], ["x".repeat(300), 5, 9], ["short", 3]),
    "y".repeat(300),
    0,
  );
  for (let columns = 1; columns <= 200; columns++) {
    for (const line of renderLive(live, 99_000, { columns, rows: 4 })) {
      ok(textWidth(line) < columns, `${columns}: ${line}`);
    }
  }
});

Deno.test("live lines of a terminal that says 0 are those of the usual one", () => {
  const live = after(["a", 1, 2], ["b", 1, 2]);
  deepEqual(renderLive(live, 0, { columns: 0, rows: 0 }), renderLive(live, 0, SIZE));
});

Deno.test("live lines drive no terminal with what is in their labels", () => {
  const live = after(["a\x1b[2J\nb", 1, 2], ["c\r\x9b1A", 1, 2]);
  // deno-lint-ignore no-control-regex -- they are what must not be there
  ok(renderLive(live, 0, SIZE).every((line) => !/[\x00-\x1f\x80-\x9f]/.test(line)));
});

Deno.test("ERASE takes what drawLines drew and nothing else, in windows of any width", () => {
  const random = makeRandom(7);
  for (let run = 0; run < 200; run++) {
    // Also narrower than the lines, as before we are told of a new size.
    const screen = new Screen(12, run % 2 === 0 ? 80 : 4);
    const said: string[] = [];
    for (let frame = 0; frame < 20; frame++) {
      screen.write(ERASE);
      if (random() < 0.4) {
        said.push(`n${said.length}`);
        screen.write(`${said.at(-1)}\r\n`);
      }
      const drawn = Array.from(
        { length: Math.floor(random() * 11) },
        (_, n) => `bar ${n} ${frame}`,
      );
      screen.write(drawLines(drawn));
      if (screen.columns === 80) deepEqual(screen.text(), [...said, ...drawn].join("\n"));
      screen.write(ERASE);
      deepEqual(screen.text(), said.join("\n"));
    }
  }
});

/** As much of a terminal as live lines need; what scrolls out at its top stays in its text. */
class Screen {
  readonly columns: number;
  readonly #rows: number;
  #lines = [""];
  #row = 0;
  #column = 0;
  #folds = true;

  constructor(rows: number, columns: number) {
    this.#rows = rows;
    this.columns = columns;
  }

  write(text: string): void {
    // deno-lint-ignore no-control-regex -- it reads escape codes
    for (const [token] of text.matchAll(/\x1b\[\??\d*[A-Za-z]|[^]/g)) this.#take(token);
  }

  text(): string {
    return this.#lines.join("\n").trimEnd();
  }

  #take(token: string): void {
    const up = /(\d+)A$/.exec(token)?.[1];
    if (token === "\r") this.#column = 0;
    else if (token === "\n") this.#lineFeed();
    else if (token.length === 1) this.#print(token);
    else if (up !== undefined) {
      this.#row = Math.max(this.#row - Number(up), this.#lines.length - this.#rows, 0);
    } else if (token === "\x1b[K") {
      this.#lines[this.#row] = (this.#lines[this.#row] ?? "").slice(0, this.#column);
    } else if (token === "\x1b[J") {
      const line = this.#lines[this.#row] ?? "";
      this.#lines = [...this.#lines.slice(0, this.#row), line.slice(0, this.#column)];
    } else if (/\?7[lh]$/.test(token)) this.#folds = token.endsWith("h");
    else throw new Error(`Unknown escape ${JSON.stringify(token)}`);
  }

  #print(character: string): void {
    if (this.#column >= this.columns) {
      if (this.#folds) {
        this.#lineFeed();
        this.#column = 0;
      } else this.#column = this.columns - 1;
    }
    const line = this.#lines[this.#row] ?? "";
    this.#lines[this.#row] = line.slice(0, this.#column) + character +
      line.slice(this.#column + 1);
    this.#column++;
  }

  #lineFeed(): void {
    this.#row++;
    this.#lines[this.#row] ??= "";
  }
}
