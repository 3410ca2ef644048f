/** Ctrl-C while the real program copies: exit status 130, and nothing left on either side. */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { putRunningInstance } from "../support/running_sshd.ts";
import { eventually, makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { startSshd } from "../support/sshd.ts";
import { namesIn, randomBytes } from "../support/transfer.ts";

interface Sides {
  readonly sandbox: Sandbox;
  readonly host: string;
  readonly guest: string;
}

async function withSides(run: (sides: Sides) => Promise<void>): Promise<void> {
  await using sshd = await startSshd();
  await using sandbox = await makeSandbox();
  await using _instance = await putRunningInstance(sandbox.home, "vm", sshd);
  const [host, guest] = [join(sshd.dir, "host"), join(sshd.dir, "guest")];
  await Deno.mkdir(host);
  await Deno.mkdir(guest);
  await run({ sandbox, host, guest });
}

/** Starts a copy, presses Ctrl-C when something hidden of it is in `to`, and returns how it ended. */
async function interruptCopy(
  sandbox: Sandbox,
  to: string,
  args: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const child = sandbox.spawn("scp", ...args);
  let ended = false;
  const output = child.output().finally(() => ended = true);
  const isHidden = (name: string): boolean => name.startsWith(".cubic-");
  await eventually(
    "the copy is under way",
    async () => ended || (await namesIn(to)).some(isHidden),
  );
  child.kill("SIGINT");
  await eventually("it ends", () => Promise.resolve(ended))
    .finally(() => ended || child.kill("SIGKILL"));
  const { code, stderr } = await output;
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** A guest tidies up by itself a moment after it has lost the channel. */
async function holdsOnly(directory: string, wanted: readonly string[]): Promise<void> {
  await eventually(
    `only ${wanted} is in ${directory}`,
    async () => (await namesIn(directory)).join() === wanted.join(),
    10_000,
  );
}

for (const route of ["scp", "sftp", "stream"] as const) {
  for (const direction of ["into", "out of"] as const) {
    Deno.test(`Ctrl-C ends a copy ${direction} a guest over ${route} with 130, and nothing is left`, () =>
      withSides(async ({ sandbox, host, guest }) => {
        const [from, to] = direction === "into" ? [host, guest] : [guest, host];
        const [before, after] = direction === "into" ? ["", "vm:"] : ["vm:", ""];
        await Deno.writeFile(join(from, "f"), randomBytes(2 ** 20));
        if (route !== "stream") await Deno.truncate(join(from, "f"), 2 ** 34);
        await Deno.writeTextFile(join(to, "f"), "old");
        await Deno.mkdir(join(from, "tree"));
        for (let index = 0; index < 2000; index++) {
          await Deno.link(join(from, "f"), join(from, "tree", `${index}`));
        }
        for (const name of route === "stream" ? ["tree"] : ["f", "tree"]) {
          const paths = [`${before}${from}/${name}`, `${after}${to}`];
          const { code, stderr } = await interruptCopy(sandbox, to, [
            ...["-r", "--route", route],
            ...paths,
          ]);
          equal(code, 130, stderr);
          await holdsOnly(to, ["f"]);
          equal(await Deno.readTextFile(join(to, "f")), "old");
        }
      }));
  }
}

Deno.test("Ctrl-C ends a copy from a standard input that says nothing more", () =>
  withSides(async ({ sandbox, guest }) => {
    await Deno.writeTextFile(join(guest, "f"), "old");
    const child = sandbox.spawn("scp", "-", `vm:${guest}/f`);
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("the first bytes"));
    await eventually(
      "they have arrived",
      async () => (await namesIn(guest)).some((name) => name.startsWith(".cubic-")),
    );
    let code: number | undefined;
    child.status.then((status) => code = status.code);
    child.kill("SIGINT");
    await eventually("it ends", () => Promise.resolve(code !== undefined))
      .finally(() => code === undefined && child.kill("SIGKILL"));
    await Promise.all([
      child.stdout.cancel(),
      child.stderr.cancel(),
      writer.abort().catch(() => {}),
    ]);
    equal(code, 130);
    await holdsOnly(guest, ["f"]);
    deepEqual(await Deno.readTextFile(join(guest, "f")), "old");
  }));
