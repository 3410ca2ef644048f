/** Plays the demonstration on a real guest and records it. */
import type { Cast, CastEvent } from "./cast.ts";
import { LINES } from "./demo.ts";
import { joinParts, mergeEvents } from "./pace.ts";
import { openShell, type Shell } from "./pty.ts";

const SIZE = { width: 80, height: 24 };
/** As long as one likes to wait. */
const WAIT_LIMIT_SECONDS = 2;
/** To read what was printed. */
const READ_SECONDS = 1.2;
const KEY_MS = 35;
/** A terminal shows at once what is typed. */
const ECHO_MS = 20_000;

/** Types everything in that directory; its name is not shown. */
export async function playDemo(
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<Cast> {
  await using shell = openShell(directory, env, SIZE);
  await shell.take((text) => /[$#] $/.test(text));
  await shell.press("PS1='$ '; clear\n");
  await shell.take((text) => /clear\n\$ $/.test(text));
  const parts: (readonly CastEvent[])[] = [[{ time: 0, text: "$ " }], pause()];
  for (const { typed, answered } of LINES) {
    parts.push(await typeLine(shell, typed), await enter(shell, answered), pause());
  }
  return { ...SIZE, events: mergeEvents(joinParts(parts, WAIT_LIMIT_SECONDS)) };
}

async function typeLine(shell: Shell, line: string): Promise<readonly CastEvent[]> {
  for (const key of line) {
    await shell.press(key);
    await new Promise((resolve) => setTimeout(resolve, KEY_MS));
  }
  return await shell.take((text) => text.endsWith(line), ECHO_MS);
}

async function enter(shell: Shell, answered: RegExp): Promise<readonly CastEvent[]> {
  await shell.press("\n");
  return await shell.take((text) => answered.test(text));
}

/** Nothing happens: an event without a text holds the time. */
function pause(): readonly CastEvent[] {
  return [{ time: READ_SECONDS, text: "" }];
}
