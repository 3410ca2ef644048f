import { deepEqual, equal } from "node:assert/strict";
import type { Finding } from "../../core/doctor/finding.ts";
import { renderCheckup, renderTroubles } from "./doctor.ts";

const plain = (text: string): string => text;
const OK: Finding = { check: "QEMU", about: "host", level: "ok", text: "7.2.22" };
const WARNING: Finding = {
  check: "Clock",
  about: "host",
  level: "warning",
  text: "this clock is slow",
  remedy: "`date` shows it.",
};

Deno.test("renderCheckup() puts what was mended first, then what is well, then what is not", () => {
  equal(
    renderCheckup({ findings: [WARNING, OK], fixed: ["Removed /a"] }, Infinity, plain),
    [
      "[fixed] Removed /a",
      "[  ok]  QEMU: 7.2.22",
      "[warn]  Clock: this clock is slow",
      "        -> `date` shows it.",
      "",
      "1 mended, 1 warning.",
    ].join("\n"),
  );
});

Deno.test("renderCheckup() breaks lines between words, not in commands, and sets them in", () => {
  equal(
    renderCheckup({ findings: [WARNING], fixed: [] }, 26, plain),
    [
      "[warn]  Clock: this clock",
      "        is slow",
      "        -> `date` shows",
      "        it.",
      "",
      "1 warning.",
    ].join("\n"),
  );
});

Deno.test("renderCheckup() says so when all is well, or is again", () => {
  const last = (fixed: string[]): string =>
    renderCheckup({ findings: [OK], fixed }, 80, plain).split("\n").at(-1) ?? "";
  equal(last([]), "All is well.");
  equal(last(["Removed /a", "Removed /b"]), "2 mended, all is well now.");
});

Deno.test("renderTroubles() is what is not well and its remedy, without a sum", () => {
  deepEqual(renderTroubles({ findings: [OK, WARNING], fixed: [] }, 80, plain), [
    "[warn]  Clock: this clock is slow",
    "        -> `date` shows it.",
  ]);
  deepEqual(renderTroubles({ findings: [OK], fixed: [] }, 80, plain), []);
});
