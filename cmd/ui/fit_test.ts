import { deepEqual, equal, ok } from "node:assert/strict";
import { fitColumns } from "./fit.ts";
import { renderTable } from "./table.ts";
import { textWidth } from "./text.ts";

const column = (width: number, whole = false): { width: number; whole: boolean } => ({
  width,
  whole,
});

Deno.test("fitColumns leaves columns alone that fit", () => {
  deepEqual(fitColumns([column(5, true), column(10)], 18), { widths: [5, 10], gutter: 3 });
  deepEqual(fitColumns([column(500, true), column(900)], Infinity).widths, [500, 900]);
});

Deno.test("fitColumns moves columns together before it cuts any", () => {
  deepEqual(fitColumns([column(5, true), column(10)], 17), { widths: [5, 10], gutter: 2 });
});

Deno.test("fitColumns cuts the widest first, until they are alike", () => {
  deepEqual(fitColumns([column(5, true), column(40), column(10)], 39).widths, [5, 20, 10]);
  deepEqual(fitColumns([column(5, true), column(40), column(30)], 29).widths, [5, 10, 10]);
});

Deno.test("fitColumns never cuts a name, and leaves out what stands on the right instead", () => {
  deepEqual(fitColumns([column(30, true), column(9), column(9)], 38).widths, [30, 7]);
  deepEqual(fitColumns([column(30, true), column(9)], 20).widths, [30]);
  deepEqual(fitColumns([], 20).widths, []);
});

Deno.test("a table is never wider than the terminal, whatever is in it", () => {
  let seed = 7;
  const random = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % limit;
  };
  for (let round = 0; round < 300; round++) {
    const columns = Array.from({ length: 1 + random(9) }, (_, index) => ({
      title: "T".repeat(1 + random(12)),
      ...(index > 0 && { align: random(2) === 0 ? "left" as const : "right" as const }),
    }));
    const rows = Array.from(
      { length: random(5) },
      () =>
        columns.map((_, index) => (random(4) === 0 ? "日" : "x").repeat(random(index ? 60 : 12))),
    );
    for (const width of [40, 80, 200]) {
      for (const [index, line] of renderTable(columns, rows, width).split("\n").entries()) {
        ok(textWidth(line) <= width, `${textWidth(line)} of ${width}: ${line}`);
        const name = rows[index - 1]?.[0] ?? "";
        ok(line.trim().startsWith(name), `${name} was cut: ${line}`);
      }
    }
  }
});

Deno.test("a column without a value is left out before any other is cut", () => {
  const columns = [{ title: "NAME" }, { title: "PORTS" }, { title: "FROM" }];
  const rows = [["web", "", "https://cloud.example"]];
  equal(
    renderTable(columns, rows, 40),
    "NAME   PORTS   FROM\nweb            https://cloud.example",
  );
  equal(renderTable(columns, rows, 30), "NAME   FROM\nweb    https://cloud.example");
  equal(renderTable(columns, [], 10), "NAME PORTS");
});

Deno.test("a table marks what it cuts, and cuts nothing without a terminal", () => {
  const columns = [{ title: "NAME" }, { title: "FROM" }];
  const rows = [["web", "https://cloud.example/a/long/path"]];
  equal(renderTable(columns, rows, 20), "NAME  FROM\nweb   https://cloud…");
  equal(renderTable(columns, rows), "NAME   FROM\nweb    https://cloud.example/a/long/path");
});
