/** Without a network: what can be told is told, and what can't fails. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Cli } from "../support/cli.ts";

Deno.test("cubic images fails when no vendor can be reached and nothing is known", async () => {
  await using cli = await Cli.create();
  const { status, stdout, stderr } = await cli.run(["images", "fedora"]);
  deepEqual([status, stdout], [1, ""]);
  match(stderr, /warning: Nothing is known of Fedora/);
  match(stderr, /^error: /m);
  const json = await cli.run(["images", "fedora", "--json"]);
  deepEqual([json.status, json.stdout], [1, "[]\n"]);
});

Deno.test("cubic images lists what is stored when no vendor can be reached", async () => {
  await using cli = await Cli.withImage();
  const { status, stdout, stderr } = await cli.run(["images"]);
  equal(status, 0);
  match(stdout, /^debian:bookworm /m);
  match(stderr, /warning: Nothing is known of Fedora/);
});

Deno.test("what only tells of the program leaves no trace on the disk", async () => {
  await using cli = await Cli.create();
  const lines = [
    "help",
    "help json",
    "help settings",
    "schema",
    "schema instances",
    "completions zsh",
  ];
  for (const line of [...lines, "complete --word=s", "config path"]) {
    const { loads } = await cli.ok(line);
    equal(loads, 0, line);
  }
  await rejects(Deno.stat(cli.home), Deno.errors.NotFound);
});
