import { doesNotMatch, equal, match, ok, rejects } from "node:assert/strict";
import { captureTerminal, type RunFacts } from "../../tests/support/cli.ts";
import { drawLines, ERASE } from "./live.ts";
import { Ui } from "./ui.ts";

const ON_TERMINAL: RunFacts = { terminal: ["stdin", "stdout", "stderr"] };
const never = new AbortController().signal;

/** Deno looks for timers that outlive a test only when told to. */
const MIB = 1024 ** 2;

function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true });
}

function makeUi(facts: RunFacts = {}): ReturnType<typeof captureTerminal> & { ui: Ui } {
  const captured = captureTerminal(facts);
  return { ...captured, ui: new Ui(captured.terminal) };
}

/** Everything a command can tell. */
function tellEverything(ui: Ui): void {
  ui.report({ kind: "step", text: "Starting\x1b[2J web" });
  for (let done = 0; done <= 100; done++) {
    ui.report({ kind: "bytes", label: "ima\x1b[2Jge", done: done * MIB, total: 100 * MIB });
  }
  ui.report({ kind: "note", text: "no\x1b[2Jte" });
  ui.report({ kind: "warning", text: "warn\x1b[2Jing" });
  ui.report({ kind: "debug", text: "de\x1b[2Jbug" });
  ui.note("a no\x1b[2Jte");
  ui.settle();
}

for (
  const [where, facts] of [
    ["a pipe", {}],
    ["a pipe with colours wished for", { env: { FORCE_COLOR: "1", COLORTERM: "truecolor" } }],
    ["a dumb terminal", { ...ON_TERMINAL, env: { TERM: "dumb" } }],
  ] as const
) {
  test(`Ui writes plain lines to ${where}: no escape codes, no carriage returns`, async () => {
    const { ui, stdout, stderr } = makeUi(facts);
    tellEverything(ui);
    await ui.out(ui.styleOut("data", "green"));
    // deno-lint-ignore no-control-regex -- they are what must not be there
    doesNotMatch(stderr() + stdout(), /[\x1b\r\b]/);
    equal(stdout(), "data\n");
    equal(stderr().match(/^ima\[2Jge: \d+ % of 100 M$/gm)?.length, 10);
    match(stderr(), /^Starting\[2J web$/m);
    match(stderr(), /^warning: warn\[2Jing$/m);
    doesNotMatch(stderr(), /bug/);
  });
}

test("Ui without live lines says each tenth once for each of several transfers", () => {
  const { ui, stderr } = makeUi({ env: { NO_COLOR: "1" }, columns: 0, rows: 0 });
  for (let done = 0; done <= 100; done++) {
    // Each at its own speed, none so fast that it leaps over a tenth.
    const each = { a: done, b: done ** 2 / 100, c: 100 - (100 - done) ** 2 / 100 };
    for (const [label, bytes] of Object.entries(each)) {
      ui.report({ kind: "bytes", label, done: bytes * MIB, total: 100 * MIB });
    }
    ui.report({ kind: "step", text: `Step ${done > 50}` });
  }
  for (const label of ["a", "b", "c"]) {
    const tenths = stderr().match(new RegExp(`^${label}: \\d+ % of 100 M$`, "gm"));
    equal(tenths?.length, 10, stderr());
    equal(new Set(tenths).size, 10);
  }
});

test("Ui without live lines says the tenths anew of a transfer that is done and comes again", () => {
  const { ui, stderr } = makeUi();
  for (let round = 0; round < 2; round++) {
    ui.report({ kind: "bytes", label: "a", done: 100 * MIB, total: 100 * MIB });
    ui.report({ kind: "done", label: "a" });
  }
  equal(stderr(), "a: 100 % of 100 M\n".repeat(2));
});

test("Ui draws a line for each transfer, says messages above them, and leaves none behind", async () => {
  const { ui, stderr } = makeUi({ ...ON_TERMINAL, columns: 40, rows: 10 });
  ui.report({ kind: "bytes", label: "a", done: 1, total: 2 });
  ui.report({ kind: "bytes", label: "b", done: 1, total: 4 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  ok(/7la .* 50 % .*\r\nb .* 25 % /.test(stderr().split(ERASE).at(-1) ?? ""), stderr());
  ui.note("Hello");
  ok(stderr().endsWith("\x1b[1A\r" + ERASE + "Hello\n"), JSON.stringify(stderr()));
  await new Promise((resolve) => setTimeout(resolve, 150));
  ui.report({ kind: "done", label: "a" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  equal(stderr().split(ERASE).at(-1), drawLines(["b  [===>           ]   25 %  1 B of 4 B"]));
  ui.report({ kind: "done", label: "b" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  ok(stderr().endsWith(ERASE), JSON.stringify(stderr()));
  ui.settle();
});

test("Ui with NO_COLOR still draws a live line but paints nothing", () => {
  const { ui, stderr } = makeUi({ ...ON_TERMINAL, env: { NO_COLOR: "1" } });
  tellEverything(ui);
  ok(stderr().includes(ERASE));
  // deno-lint-ignore no-control-regex -- colours end in m
  doesNotMatch(stderr(), /\x1b\[[\d;]*m/);
});

test("Ui takes an empty NO_COLOR for none, as the convention says", () => {
  const { ui } = makeUi({ ...ON_TERMINAL, env: { NO_COLOR: "" } });
  equal(ui.style("x", "red"), "\x1b[31mx\x1b[39m");
});

test("Ui lets nothing untrusted drive the terminal", () => {
  const { ui, stderr } = makeUi({ ...ON_TERMINAL, env: { NO_COLOR: "1" } });
  ui.loudness = "verbose";
  tellEverything(ui);
  equal(stderr().includes("\x1b[2J"), false);
});

test("Ui says each step once when it has no live line", () => {
  const { ui, stderr } = makeUi();
  for (let count = 0; count < 3; count++) ui.report({ kind: "step", text: "Waiting" });
  ui.report({ kind: "step", text: "Starting" });
  equal(stderr(), "Waiting\nStarting\n");
});

test("Ui with --quiet says warnings and errors alone", () => {
  const { ui, stderr } = makeUi();
  ui.loudness = "quiet";
  tellEverything(ui);
  equal(stderr(), "warning: warn[2Jing\n");
});

test("Ui with --quiet draws no live line", () => {
  const { ui, stderr } = makeUi(ON_TERMINAL);
  ui.loudness = "quiet";
  ui.report({ kind: "step", text: "Starting" });
  equal(stderr(), "");
  ui.settle();
});

test("Ui writes ten times a second, however many events come", async () => {
  const { ui, writes } = makeUi(ON_TERMINAL);
  const began = performance.now();
  const total = 200_000;
  for (let done = 0; done < total; done++) {
    ui.report({ kind: "bytes", label: "image", done, total });
    if (done % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  ui.settle();
  const seconds = (performance.now() - began) / 1000;
  ok(writes() <= 12 * seconds + 3, `${writes()} writes in ${seconds} s`);
});

test("Ui writes a few lines for many events when it has no live line", () => {
  const { ui, writes } = makeUi();
  for (let done = 0; done <= 100_000; done++) {
    ui.report({ kind: "bytes", label: "image", done: done * 1000, total: 100_000_000 });
  }
  equal(writes(), 10);
});

test("Ui takes the live line away before a message and when it settles", async () => {
  const { ui, stdout, stderr } = makeUi({ ...ON_TERMINAL, columns: 30 });
  ui.report({ kind: "step", text: "Starting web" });
  ui.note("Hello");
  match(stderr().split(ERASE).at(-2) ?? "", /Starting web/);
  equal(stderr().split(ERASE).at(-1), "Hello\n");
  ui.report({ kind: "step", text: "Waiting" });
  await new Promise((resolve) => setTimeout(resolve, 150));
  await ui.out("data");
  ok(stderr().endsWith(ERASE));
  equal(stdout(), "data\n");
  ui.settle();
});

test("Ui takes only y and yes for a yes", async () => {
  for (const [typed, expected] of [["y", true], ["YES", true], ["", false], ["yesterday", false]]) {
    const { ui } = makeUi({ ...ON_TERMINAL, typed: [String(typed)] });
    equal(await ui.confirm("Delete?", never), expected);
  }
});

test("Ui takes the end of input for a no and asks nobody without a terminal", async () => {
  equal(await makeUi(ON_TERMINAL).ui.confirm("Delete?", never), false);
  const { ui, stderr } = makeUi({ typed: ["y"], terminal: ["stderr"] });
  equal(await ui.confirm("Delete?", never), undefined);
  equal(stderr(), "");
});

test("Ui ends a question when Ctrl-C is pressed", async () => {
  const { terminal } = captureTerminal(ON_TERMINAL);
  const ui = new Ui({ ...terminal, readLine: () => new Promise(() => {}) });
  const controller = new AbortController();
  const answer = ui.confirm("Delete?", controller.signal);
  controller.abort();
  await rejects(answer, { code: "interrupted" });
});

test("Ui names a full disk when data can't be written", async () => {
  const { terminal } = captureTerminal();
  const ui = new Ui({
    ...terminal,
    writeOut: () => Promise.reject(new Error("No space left on device (os error 28)")),
  });
  await rejects(ui.out("data"), { code: "disk-full" });
});
