import { deepEqual, equal, throws } from "node:assert/strict";
import { environmentOption } from "./environment.ts";
import { collect, countValue, durationValue, lifetimeValue } from "./options.ts";

const INVALID = { code: "invalid-value" };

Deno.test("countValue takes whole numbers from 1 up", () => {
  equal(countValue("1"), 1);
  equal(countValue("64"), 64);
  for (const text of ["0", "-1", "1.5", "", " 1", "1e3", "0x10", "two", "9".repeat(20)]) {
    throws(() => countValue(text), INVALID, text);
  }
});

Deno.test("durationValue takes seconds, and numbers with a unit", () => {
  equal(durationValue("90"), 90_000);
  equal(durationValue("0"), 0);
  equal(durationValue("1.5s"), 1500);
  equal(durationValue("250ms"), 250);
  equal(durationValue("5m"), 300_000);
  equal(durationValue("24h"), 86_400_000);
});

Deno.test("durationValue refuses what it can't read and what no timer can wait for", () => {
  for (const text of ["", "m", "5 m", "-1", "1h30m", "5min", "25h", "1e9", "Infinity", "."]) {
    throws(() => durationValue(text), INVALID, text);
  }
});

Deno.test("lifetimeValue takes numbers with units up to ten years", () => {
  equal(lifetimeValue("30m"), 1_800_000);
  equal(lifetimeValue("12h"), 43_200_000);
  equal(lifetimeValue("7d"), 604_800_000);
  equal(lifetimeValue("2w"), lifetimeValue("14d"));
  equal(lifetimeValue("1d12h"), 129_600_000);
  for (const text of ["", "7", "0d", "90s", "-1d", "1.5d", "d", "7 d", "1e3d", "9999w", "d7"]) {
    throws(() => lifetimeValue(text), INVALID, text);
  }
});

Deno.test("collect keeps what was given before", () => {
  const parse = collect((text) => text.length);
  deepEqual(parse("abc", parse("a", undefined)), [1, 3]);
});

Deno.test("--env takes KEY=VALUE with anything in the value, the last one wins", () => {
  const read = environmentOption().parseArg!;
  const first = read("A=b=c d\n", undefined as never);
  deepEqual(read("A=", read("_B1=x", first)), { A: "", _B1: "x" });
});

Deno.test("--env KEY passes the host's variable on and leaves an unset one out", () => {
  const read = environmentOption().parseArg!;
  const name = "CUBIC_TEST_ENVIRONMENT_OPTION";
  deepEqual(read(name, undefined as never), {});
  Deno.env.set(name, "here");
  try {
    deepEqual(read(name, undefined as never), { [name]: "here" });
  } finally {
    Deno.env.delete(name);
  }
});

Deno.test("--env refuses names that a shell would not take", () => {
  const read = environmentOption().parseArg!;
  for (const text of ["1A=b", "=b", "A B=c", "A-B=c", "$(x)=y", ""]) {
    throws(() => read(text, undefined as never), INVALID, text);
  }
});
