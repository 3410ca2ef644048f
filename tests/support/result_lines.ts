/** Running commands for programs: what they print has to fit their schemas, in each form. */
import { equal } from "node:assert/strict";
import { parse } from "yaml";
import { JSON_ALONE, STREAMS } from "../../cmd/schema/results.ts";
import { type Cli, IMAGE } from "./cli.ts";
import { checkResult } from "./schema_check.ts";

/** The forms for programs. A line that changes something can be run once only, so each has a home of its own. */
const FORMS = ["json", "yaml"] as const;

/** One of them. */
export type Form = typeof FORMS[number];

/** Exit statuses other than 0. */
const STATUSES: Readonly<Record<string, number>> = {
  // It is not set.
  "config get mirror.debian": 3,
  // There is no network; the list of what was pulled is printed all the same.
  [`image pull ${IMAGE}`]: 1,
};

/**
 * Runs each line; the result has to fit the schema, and the status has to be the one of a success. Returns the commands
 * of the lines, which are some of those.
 */
export async function checkLines(
  cli: Cli,
  form: Form,
  lines: readonly string[],
  commands: readonly string[],
): Promise<string[]> {
  const checked: string[] = [];
  for (const line of lines) {
    const path = commands.find((path) => line === path || line.startsWith(`${path} `)) ?? "";
    const flags = JSON_ALONE.includes(path) ? ["--json"] : flagsOf(form);
    const { stdout, stderr, status } = await cli.run([...line.split(" "), ...flags]);
    // What doctor says of this machine is no matter of its form.
    if (path !== "doctor") equal(status, STATUSES[line] ?? 0, `cubic ${line}: ${stderr}`);
    // A stream is a value a line.
    const values = STREAMS.includes(path) ? stdout.trimEnd().split("\n") : [stdout];
    const read = flags[0] === "--json" ? JSON.parse : readYaml;
    for (const text of values) checkResult(line.split(" "), readAs(read, text, line));
    checked.push(path);
  }
  return checked;
}

/** The options that ask for that form. */
export function flagsOf(form: Form): string[] {
  return form === "json" ? ["--json"] : ["--format", form];
}

/** What was printed in that form. */
export function readResult(form: Form, text: string): unknown {
  return form === "json" ? JSON.parse(text) : readYaml(text);
}

/** The body of a test that is run once for each form. */
export function inBothForms(body: (form: Form) => Promise<void>): () => Promise<void> {
  return async () => {
    for (const form of FORMS) await body(form);
  };
}

/** YAML that is no JSON: a command that ignores its --format is noticed. */
function readYaml(text: string): unknown {
  const isJson = /^[[{]\n/.test(text);
  return isJson ? `this is JSON: ${text}` : parse(text);
}

function readAs(read: (text: string) => unknown, text: string, line: string): unknown {
  try {
    if (text === "") throw new Error("empty");
    return read(text);
  } catch {
    throw new Error(`cubic ${line} printed no result: "${text}"`);
  }
}
