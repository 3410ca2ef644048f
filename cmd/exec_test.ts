import { deepEqual, equal, rejects } from "node:assert/strict";
import { captureTerminal } from "../tests/support/cli.ts";
import { execCommand, guestCommand } from "./exec.ts";
import { Ui } from "./ui/ui.ts";

/** What the command makes of its arguments, and the line that a guest's shell would be given. */
async function parsed(
  args: readonly string[],
): Promise<{ target: string; line: string; tty: unknown }> {
  const command = execCommand({
    ui: new Ui(captureTerminal().terminal),
    load: () => Promise.reject(new Error("not needed")),
    paths: () => Promise.reject(new Error("not needed")),
    signal: new AbortController().signal,
    exit: () => {},
  });
  let seen: unknown[] = [];
  command.action((...values) => void (seen = values));
  await command.parseAsync([...args], { from: "user" });
  const [target, words, flags] = seen as [string, string[], { tty?: boolean }];
  return { target, line: await guestCommand(words), tty: flags.tty };
}

/** The arguments a shell makes of a line whose program is `printf`. */
async function shellWords(line: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", line] }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("cubic exec passes options after the instance on to the command", async () => {
  for (const args of [["web", "ls", "-l", "-t"], ["web", "--", "ls", "-l", "-t"]]) {
    deepEqual(await parsed(args), { target: "web", line: "ls -l -t", tty: undefined });
  }
});

Deno.test("cubic exec takes its own options before the instance", async () => {
  deepEqual(await parsed(["-t", "ann@web", "--", "top"]), {
    target: "ann@web",
    line: "top",
    tty: true,
  });
  equal((await parsed(["-T", "--env", "A=1", "web", "env"])).tty, false);
});

Deno.test("cubic exec brings every argument to the program as it was typed", async () => {
  const words = ["a b", "", "$HOME", "`id`", "it's", '"', "*", "-n", "--", "\\", "line\nend", "é"];
  const { line } = await parsed(["web", "--", "printf", "%s\\0", ...words]);
  deepEqual(await shellWords(line), words);
  const script = await parsed(["web", "--", "sh", "-c", 'printf "%s\\0" "$1"', "_", "a b"]);
  deepEqual(await shellWords(script.line), ["a b"]);
});

Deno.test("cubic exec leaves a lone word without -- to the guest's shell", async () => {
  equal((await parsed(["web", "cd /srv && ls | wc -l"])).line, "cd /srv && ls | wc -l");
  equal((await parsed(["web", "--", "cd /srv"])).line, "'cd /srv'");
});

Deno.test("cubic exec refuses an option in the place of the command", async () => {
  await rejects(parsed(["web", "-t", "top"]), { code: "usage" });
  await rejects(parsed(["web", "--"]), { code: "usage" });
  equal((await parsed(["web", "--", "-odd-program"])).line, "-odd-program");
});
