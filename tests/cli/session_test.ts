/** The session that is typed into a real terminal (tests/e2e/session.ts) leaves no command out. */
import { deepEqual } from "node:assert/strict";
import { allCommands, pathOf } from "../../cmd/command_tree.ts";
import { sessionLines } from "../e2e/session_lines.ts";
import { commandTree } from "../support/command_tree.ts";

Deno.test("the session in a terminal goes through every command", async () => {
  const lines = await sessionLines();
  // A group does nothing but print its help.
  const commands = allCommands((await commandTree()).root).filter((one) =>
    one.commands.length === 0
  );
  const missing = commands.map((one) => `cubic ${pathOf(one)}`)
    .filter((command) => !lines.some((line) => `${line} `.startsWith(`${command} `)));
  deepEqual(missing, []);
});
