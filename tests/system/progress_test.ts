/** Live lines on a real terminal: tmux runs them, and its screen is read while windows change their size. */
import { deepEqual, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { makeTempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/sandbox.ts";
import { openTerminal } from "../support/tmux.ts";

const ROOT = join(import.meta.dirname!, "../..");

/** Twelve transfers of different speed, a message now and then, and a note at the end. */
const SCRIPT = `
import { realTerminal } from "${ROOT}/cmd/ui/terminal.ts";
import { Ui } from "${ROOT}/cmd/ui/ui.ts";
const ui = new Ui(realTerminal());
const count = Number(Deno.args[0]);
const total = 400 * 1024 ** 2;
for (let tick = 0; !await Deno.stat("stop").catch(() => undefined); tick++) {
  for (let index = 0; index < count; index++) {
    const done = Math.min(total, tick * (index + 1) * 400_000);
    ui.report({ kind: "bytes", label: \`distribution\${index}:stable:amd64\`, done, total });
  }
  if (tick % 20 === 10) ui.note(\`message \${(tick - 10) / 20}\`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
ui.settle();
ui.note("finished");
`;

/** The messages that must all be there, each once and in order. */
function messages(screen: string): string[] {
  return screen.split("\n").filter((line) => /message \d/.test(line));
}

for (const [columns, count] of [[80, 4], [40, 4], [200, 4], [80, 30]] as const) {
  Deno.test(`${count} live lines at ${columns} columns stay below the messages and go away`, async () => {
    await using dir = await makeTempDir();
    await Deno.writeTextFile(join(dir.path, "live.ts"), SCRIPT);
    await using terminal = await openTerminal(dir.path, { ...Deno.env.toObject(), NO_COLOR: "1" });
    await terminal.resize(columns, 24);
    await terminal.type(
      `${Deno.execPath()} run -A --no-check live.ts ${count}; echo over`,
      "Enter",
    );
    const screen = await terminal.waitFor(/message 3[^]*distribution3/);
    const bars = screen.split("\n").filter((line) => /^(distribution|… and)/.test(line));
    deepEqual(bars.length, Math.min(count, 23), screen);
    ok(bars.every((bar) => bar.length < columns), screen);
    await Deno.writeTextFile(join(dir.path, "stop"), "");
    const end = await terminal.waitFor(/finished\nover/);
    const said = messages(end);
    deepEqual(said, said.map((_, index) => `message ${index}`), end);
    ok(!/distribution\d:/.test(end), end);
  });
}

Deno.test("live lines survive a window that changes its size", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(join(dir.path, "live.ts"), SCRIPT);
  await using terminal = await openTerminal(dir.path, { ...Deno.env.toObject(), NO_COLOR: "1" });
  // At the top of a screen tmux itself moves folded lines into its history, out of everybody's reach.
  await terminal.type("seq 50", "Enter");
  await terminal.type(`${Deno.execPath()} run -A --no-check live.ts 4; echo over`, "Enter");
  await terminal.waitFor(/distribution3/);
  for (const [columns, rows] of [[40, 24], [200, 24], [60, 12], [100, 30]] as const) {
    await terminal.resize(columns, rows);
    // tmux tells programs of a new size a moment later; and a message takes the lines away for a frame.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await eventually(`four live lines at ${columns}x${rows}`, async () => {
      const screen = await terminal.screen();
      return screen.split("\n").filter((line) => /^distribution/.test(line)).length === 4;
    }, 3000);
  }
  await Deno.writeTextFile(join(dir.path, "stop"), "");
  const end = await terminal.waitFor(/finished\nover/);
  const said = messages(end);
  deepEqual(said, said.map((_, index) => `message ${index}`), end);
  match(end, /message 3/);
  ok(!/distribution\d:/.test(end), end);
});
