import { equal, ok } from "node:assert/strict";
import { isCubicError } from "./errors.ts";
import { formatSize, parseSize } from "./size.ts";
import { makeRandom, randomTexts } from "../tests/support/random.ts";

Deno.test("parseSize() reads binary units in every spelling", () => {
  const sizes: Readonly<Record<string, number>> = {
    "0B": 0,
    "512B": 512,
    "1K": 1024,
    "512M": 512 * 1024 ** 2,
    "4g": 4 * 1024 ** 3,
    "2GiB": 2 * 1024 ** 3,
    "2GB": 2 * 1024 ** 3,
    "1.5G": 1.5 * 1024 ** 3,
    " 1 T ": 1024 ** 4,
  };
  for (const [text, bytes] of Object.entries(sizes)) equal(parseSize(text), bytes, text);
});

Deno.test("parseSize() refuses a bare number, signs, other units and what no number can hold", () => {
  for (const text of ["", "1", "G", "-1G", "+1G", "1P", "1e3M", "1.G", ".5G", "1,5G", "9999999T"]) {
    equal(codeOf(() => parseSize(text)), "invalid-value", text);
  }
});

Deno.test("parseSize() takes any text without throwing anything but its own error", () => {
  for (const text of randomTexts(3000, ["K", "M", "G", "iB", "1.5", "999999999999999999999"])) {
    codeOf(() => parseSize(text));
  }
});

Deno.test("formatSize() writes three digits at most", () => {
  const sizes: Readonly<Record<string, number>> = {
    "0 B": 0,
    "999 B": 999,
    "1.0 K": 1000,
    "1 K": 1024,
    "512 M": 512 * 1024 ** 2,
    "1.5 G": 1.5 * 1024 ** 3,
    "100 G": 100 * 1024 ** 3,
    "2 T": 2 * 1024 ** 4,
  };
  for (const [text, bytes] of Object.entries(sizes)) equal(formatSize(bytes), text);
  const random = makeRandom(1);
  for (let index = 0; index < 5000; index++) {
    const text = formatSize(Math.floor(1024 ** (random() * 4.9)));
    ok(text.replace(/\D/g, "").length <= 3, text);
  }
});

Deno.test("formatSize() writes what parseSize() reads back within five percent", () => {
  const random = makeRandom(2);
  for (let index = 0; index < 2000; index++) {
    const bytes = Math.floor(1024 ** (random() * 4.9));
    const read = parseSize(formatSize(bytes));
    ok(Math.abs(read - bytes) <= bytes * 0.05, `${bytes} -> ${formatSize(bytes)} -> ${read}`);
  }
});

/** The code of the error; anything else that is thrown fails the test. */
function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isCubicError(error)) return error.code;
    throw error;
  }
}
