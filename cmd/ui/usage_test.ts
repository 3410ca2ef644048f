import { deepEqual } from "node:assert/strict";
import { usageError } from "./usage.ts";

const SCOPE = { path: "cubic image", usage: "[command]", commands: ["build", "pull"] };

/** Commander's words, and what becomes of them. */
const CASES: readonly [complaint: string, message: string, hint: string][] = [
  [
    "error: unknown command 'buidl'\n(Did you mean something else?)",
    'Cannot find the command "buidl"',
    "Did you mean build? `cubic image --help` lists the commands.",
  ],
  [
    "error: unknown option '--imge'\n(Did you mean --image?)",
    'Cannot read the command line: unknown option "--imge"',
    "Did you mean --image? Usage: `cubic image [command]`; --help tells more.",
  ],
  [
    "error: missing required argument 'name'",
    'Cannot read the command line: missing required argument "name"',
    "Usage: `cubic image [command]`; --help tells more.",
  ],
  [
    "error: too many arguments for 'show'. Expected 1 argument but got 2: a, b.c.",
    'Cannot read the command line: too many arguments for "show"',
    "Expected 1 argument but got 2: a, b.c. Usage: `cubic image [command]`; --help tells more.",
  ],
  [
    "error: option '--accel <mode>' argument 'x' is invalid. Allowed choices are auto, on, off.",
    'Cannot read the command line: option "--accel <mode>" argument "x" is invalid',
    "Allowed choices are auto, on, off. Usage: `cubic image [command]`; --help tells more.",
  ],
];

for (const [complaint, message, hint] of CASES) {
  Deno.test(`usageError rewords "${complaint.split("\n")[0]}"`, () => {
    const error = usageError(complaint, SCOPE);
    deepEqual([error.code, error.message, error.hint], ["usage", message, hint]);
  });
}
