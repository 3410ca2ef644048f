import { deepEqual, equal } from "node:assert/strict";
import { captureTerminal, type RunFacts } from "../tests/support/cli.ts";
import { type OutputFlags, printResult, type Result } from "./output.ts";
import { Ui } from "./ui/ui.ts";

const RESULT: Result = {
  value: [{ name: "web", size: 1, gone: undefined }],
  names: () => ["web"],
  text: (width) => `text for ${width}`,
  note: () => "a note",
};

async function printed(
  flags: OutputFlags,
  result: Result = RESULT,
  facts: RunFacts & { quiet?: boolean } = {},
): Promise<[string, string]> {
  const { terminal, stdout, stderr } = captureTerminal(facts);
  const ui = new Ui(terminal);
  if (facts.quiet) ui.loudness = "quiet";
  await printResult({ ui }, flags, result);
  return [stdout(), stderr()];
}

Deno.test("printResult prints the text and the note for people", async () => {
  deepEqual(await printed({}), ["text for Infinity\n", "a note\n"]);
  deepEqual(await printed({ format: "table" }, { value: null }), ["", ""]);
});

Deno.test("printResult tells the width of the terminal when there is one on stdout", async () => {
  const at = async (terminal: RunFacts["terminal"], columns: number): Promise<string> =>
    (await printed({}, RESULT, { ...(terminal && { terminal }), columns }))[0];
  equal(await at(["stdout"], 40), "text for 40\n");
  equal(await at(["stderr"], 40), "text for Infinity\n");
  equal(await at(["stdout"], 0), "text for Infinity\n");
});

Deno.test("printResult prints the value alone for programs, also with --quiet", async () => {
  const json = '[\n  {\n    "name": "web",\n    "size": 1\n  }\n]\n';
  for (const flags of [{ json: true }, { format: "json" }] as const) {
    deepEqual(await printed(flags), [json, ""]);
    deepEqual(await printed(flags, RESULT, { quiet: true }), [json, ""]);
  }
  deepEqual(await printed({ format: "yaml" }), ["- name: web\n  size: 1\n", ""]);
});

Deno.test("printResult prints names alone with --quiet", async () => {
  deepEqual(await printed({}, RESULT, { quiet: true }), ["web\n", ""]);
  deepEqual(await printed({}, { ...RESULT, names: () => [] }, { quiet: true }), ["", ""]);
});
