import { deepEqual, equal } from "node:assert/strict";
import { compileArgs, failureOf, isOutOfReach } from "./compile.ts";

const REQUEST = {
  root: "/src",
  output: "/out/cubic",
  build: "/src/dist/build.json",
  exclude: ["/cache/a.map", "/cache/b.map"],
};

Deno.test("compileArgs names the target only when there is one", () => {
  const here = compileArgs(REQUEST);
  equal(here.includes("--target"), false);
  deepEqual(here.slice(-3), ["--output", "/out/cubic", "/src/main.ts"]);
  const there = compileArgs({ ...REQUEST, target: "aarch64-apple-darwin" });
  deepEqual(there.slice(-3), ["--target", "aarch64-apple-darwin", "/src/main.ts"]);
});

Deno.test("compileArgs embeds the file with the commit", () => {
  const args = compileArgs(REQUEST);
  equal(args[args.indexOf(REQUEST.build) - 1], "--include");
});

Deno.test("compileArgs leaves out every file that is named", () => {
  const args = compileArgs(REQUEST);
  const excluded = args.filter((_, index) => args[index - 1] === "--exclude");
  deepEqual(excluded, REQUEST.exclude);
});

Deno.test("failureOf finds the line of Deno's words that tells most", () => {
  const noise =
    "\x1b[0m\x1b[32mDownload\x1b[0m https://x\n\x1b[31merror\x1b[0m: no route\n    at y\n";
  equal(failureOf(noise), "no route");
  const unreached =
    "error: Writing 'x'\n\nCaused by:\n    0: Setting up\n    1: no answer of https://x\n    2: dns error\n\nStack";
  equal(failureOf(unreached), "no answer of https://x");
  equal(isOutOfReach(failureOf(unreached)), false);
  equal(failureOf("error: Writing\n\nCaused by:\n    the disk is full\n"), "the disk is full");
  equal(failureOf("\nsome words\n"), "some words");
  equal(failureOf(""), "deno compile did not say why");
});

Deno.test("a runtime that can't be downloaded is told from what fails otherwise", () => {
  const file = "https://dl.example/release/v2.9.6/denort-aarch64-apple-darwin.zip";
  const failure = failureOf(
    `error: Writing 'x'\n\nCaused by:\n    0: Setting up base binary.\n` +
      `    1: error sending request for url (${file}): dns error\n    2: dns error\n`,
  );
  equal(isOutOfReach(failure), true);
  equal(isOutOfReach("error sending request for url (https://packages.example/yaml.tgz)"), false);
  equal(isOutOfReach("DENORT_BIN: No such file or directory (os error 2)"), false);
});
