import { equal } from "node:assert/strict";
import { renderFacts, renderTable } from "./table.ts";

const COLUMNS = [{ title: "NAME" }, { title: "SIZE", align: "right" as const }, { title: "NOTE" }];

Deno.test("renderTable makes each column as wide as its widest cell", () => {
  equal(
    renderTable(COLUMNS, [["web", "4 G", "x"], ["database", "512 M", ""]]),
    "NAME        SIZE   NOTE\nweb          4 G   x\ndatabase   512 M",
  );
});

Deno.test("renderTable never cuts a number, but a text next to it", () => {
  const rows = [["web", "100 G", "a rather long note"]];
  equal(renderTable(COLUMNS, rows, 20), "NAME   SIZE  NOTE\nweb   100 G  a rath…");
  const columns = [{ title: "NAME" }, { title: "FROM" }, {
    title: "SIZE",
    align: "right" as const,
  }];
  equal(
    renderTable(columns, [["web", "debian-bookworm", "196 K/100 G"]], 24),
    "NAME FROM           SIZE\nweb  debian… 196 K/100 G",
  );
});

Deno.test("renderTable without rows is its titles", () => {
  equal(renderTable(COLUMNS, []), "NAME   SIZE   NOTE");
});

Deno.test("renderTable leaves no blanks at the ends of lines and copes with short rows", () => {
  equal(renderTable(COLUMNS, [["broken", ""], ["b"]]), "NAME     SIZE   NOTE\nbroken\nb");
});

Deno.test("renderTable keeps a row on its line whatever is in a cell", () => {
  equal(
    renderTable([{ title: "A" }, { title: "B" }], [["x\ny\x1b[2J", "日本"], ["z", "c"]]),
    "A        B\nx y[2J   日本\nz        c",
  );
});

Deno.test("renderTable aligns by columns of the terminal", () => {
  const rows = [["日本", "1"], ["ab", "2"]];
  equal(
    renderTable([{ title: "A" }, { title: "B" }], rows),
    "A      B\n日本   1\nab     2",
  );
});

Deno.test("renderFacts puts further lines of a value under its first and leaves out what is not known", () => {
  equal(
    renderFacts([["Name", "web"], ["PID", undefined], ["Ports", "8080:80\n53:53/udp"]]),
    "Name:   web\nPorts:  8080:80\n        53:53/udp",
  );
  equal(renderFacts([]), "");
});

Deno.test("renderFacts takes escape codes out of values", () => {
  equal(renderFacts([["Image", "a\x1b[31mb"]]), "Image:  a[31mb");
});
