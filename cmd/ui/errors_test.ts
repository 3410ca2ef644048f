import { doesNotMatch, equal, match, ok } from "node:assert/strict";
import { CubicError } from "../../core/errors.ts";
import { captureTerminal, type RunFacts } from "../../tests/support/cli.ts";
import { printError } from "./errors.ts";
import { type Loudness, Ui } from "./ui.ts";

function printed(error: unknown, facts: RunFacts = {}, loudness: Loudness = "normal"): {
  status: number;
  stderr: string;
} {
  const { terminal, stdout, stderr } = captureTerminal(facts);
  const ui = new Ui(terminal);
  ui.loudness = loudness;
  const status = printError(ui, error);
  equal(stdout(), "");
  return { status, stderr: stderr() };
}

const START = new CubicError("qemu-failed", 'Cannot start "web": QEMU ended', {
  hint: "Try\n  this",
  details: "line 1\nline 2\x1b[2J",
  cause: new TypeError("deep"),
});

Deno.test("printError prints message, evidence and hint, in this order", () => {
  const { status, stderr } = printed(START);
  equal(status, 1);
  equal(
    stderr,
    'error: Cannot start "web": QEMU ended\n  line 1\n  line 2[2J\nhint: Try\n  this\n',
  );
});

Deno.test("printError prints errors with --quiet too", () => {
  match(printed(START, {}, "quiet").stderr, /^error: Cannot start "web"/);
});

Deno.test("printError paints its labels on a terminal", () => {
  const { stderr } = printed(START, { terminal: ["stderr"] });
  ok(stderr.startsWith("\x1b[31merror:\x1b[39m Cannot"), stderr);
});

Deno.test("printError tells the cause with its stack with --verbose alone", () => {
  match(printed(START, {}, "verbose").stderr, /cause: TypeError: deep\n\s+at /);
  doesNotMatch(printed(START).stderr, /deep/);
});

Deno.test("printError says just that it was interrupted", () => {
  const { status, stderr } = printed(new CubicError("interrupted", "Interrupted"));
  equal(status, 130);
  equal(stderr, "Interrupted\n");
  const onTerminal = printed(new CubicError("interrupted", "Interrupted"), {
    terminal: ["stderr"],
  });
  equal(onTerminal.stderr, "\rInterrupted\n");
});

Deno.test("printError shows the stack of a bug and asks to report it", () => {
  const { status, stderr } = printed(new RangeError("oops\x1b[2J"));
  equal(status, 1);
  match(stderr, /^internal error: RangeError: oops\[2J\n\s+at .*errors_test\.ts/);
  match(stderr, /bug in cubic\. Please report/);
  match(printed("a word").stderr, /^internal error: a word\n/);
});
