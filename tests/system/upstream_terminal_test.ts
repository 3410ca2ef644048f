/** The terminal after a session that ended as it should not; upstream left it raw once (its issue #444). */
import { join } from "node:path";
import { makeTempDir } from "../support/temp_dir.ts";
import { openTerminal } from "../support/tmux.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("a bug in a session leaves the terminal as it was, before its message is printed", async () => {
  await using dir = await makeTempDir();
  const script = join(dir.path, "session.ts");
  // Deno itself puts the terminal back at its end, which would be too late for the message.
  await Deno.writeTextFile(
    script,
    `import { withRawTerminal } from "${new URL("cmd/ui/terminal.ts", ROOT).href}";
    async function note(file) {
      const stty = new Deno.Command("stty", { args: ["-a"], stdin: "inherit" });
      await Deno.writeFile(file, (await stty.output()).stdout);
    }
    await note("before");
    const session = withRawTerminal(async () => {
      await note("during");
      throw new Error("a bug");
    });
    await session.catch(() => note("after"));`,
  );
  const config = new URL("deno.json", ROOT).pathname;
  const program = `${Deno.execPath()} run -A --no-check --quiet --config ${config} ${script}`;
  await using terminal = await openTerminal(dir.path, Deno.env.toObject());
  await terminal.type(`${program}; echo status $?`, "Enter");
  await terminal.waitFor(/status 0/, 60_000);
  await terminal.type("clear; cmp -s before during || echo it was raw", "Enter");
  await terminal.waitFor(/^it was raw/m);
  await terminal.type("cmp before after && echo it is as before", "Enter");
  await terminal.waitFor(/^it is as before/m);
});
