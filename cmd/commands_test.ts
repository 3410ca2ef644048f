import { deepEqual, equal, rejects } from "node:assert/strict";
import { captureTerminal } from "../tests/support/cli.ts";
import { COMMANDS, namedCommands } from "./commands.ts";
import type { Context } from "./context.ts";
import { buildRoot } from "./root.ts";
import { Ui } from "./ui/ui.ts";

function context(): Context {
  const nothing = (): never => {
    throw new Error("nothing is run here");
  };
  const ui = new Ui(captureTerminal().terminal);
  const { signal } = new AbortController();
  return { ui, load: nothing, paths: nothing, signal, exit: nothing };
}

/** Lines, and the commands whose files they need. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  "start web": ["start"],
  "-v start web": ["start"],
  "-- start web": ["start"],
  "ls": ["instances"],
  "dele web": ["delete"],
  "im": ["images"],
  "image list": ["image"],
  "run --image stop": ["run"],
  "help image build": ["help", "image"],
  "schema image show": ["schema", "image", "show"],
  "complete --word=s -- exec web": ["complete", "exec"],
  "compl": ["completions"],
  "st": [],
  "frob": [],
  "--help": [],
};

for (const [line, needed] of Object.entries(LINES)) {
  Deno.test(`\`cubic ${line}\` needs ${needed.join(" and ") || "no command"}`, () => {
    deepEqual(namedCommands(line.split(" ")).map(({ name }) => name), needed);
  });
}

Deno.test("no two commands answer to one name", () => {
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
});

Deno.test("every command is called as the table says, and is not there unless it is asked for", async () => {
  const { commands } = await buildRoot(context(), []);
  deepEqual(commands.map((command) => command.name()), COMMANDS.map(({ name }) => name));
  const start = COMMANDS.filter(({ name }) => name === "start");
  const root = await buildRoot(context(), [], start);
  const loaded = root.commands.filter((command) => command.description() !== "");
  deepEqual(loaded.map((command) => command.name()), ["start"]);
});

Deno.test("a command that was not loaded is never taken for one that did its work", async () => {
  const root = await buildRoot(context(), [], []);
  await rejects(root.parseAsync(["start"], { from: "user" }), /cubic start was not loaded/);
});

Deno.test("the help that only lists commands is the same without them", async () => {
  const [all, none] = [await buildRoot(context(), []), await buildRoot(context(), [], [])];
  equal(none.helpInformation(), all.helpInformation());
});
