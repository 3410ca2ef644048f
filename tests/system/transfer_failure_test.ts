/** Guests that lack scp or SFTP, refuse, or lose the connection in the middle. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { type CubicError, isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { connect } from "../../core/ssh/client.ts";
import { quoteCommand } from "../../core/ssh/quote.ts";
import { copyFile, ROUTES } from "../../core/transfer/copy.ts";
import { guardPart } from "../../core/transfer/guest_guard.ts";
import { fileRecord } from "../../core/transfer/scp_records.ts";
import type { Direction } from "../../core/transfer/plan.ts";
import { eventually } from "../support/sandbox.ts";
import { startSshd } from "../support/sshd.ts";

const never = new AbortController().signal;
const quiet = { signal: never, report: () => {} };

/** A directory with the tools a guest has, but without scp. */
async function toolsWithoutScp(): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "cubic-tools-" });
  for (const tool of ["sh", "stat", "readlink", "chmod", "mv", "rm"]) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${tool}`] }).output();
    await Deno.symlink(new TextDecoder().decode(found.stdout).trim(), join(dir, tool));
  }
  return dir;
}

for (const direction of ["upload", "download"] satisfies Direction[]) {
  Deno.test(`copyFile() ${direction}s over SFTP when the guest has no scp, and says so`, async () => {
    const tools = await toolsWithoutScp();
    await using sshd = await startSshd({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
    using connection = await connect(sshd.target, { signal: never });
    const [local, remote] = [join(sshd.dir, "a"), join(sshd.dir, "b")];
    await Deno.writeTextFile(direction === "upload" ? local : remote, "text");
    const events: Progress[] = [];
    const report = (event: Progress): void => void events.push(event);
    const result = await copyFile({ connection, direction, local, remote }, {
      signal: never,
      report,
    });
    equal(result.route, "sftp");
    equal(await Deno.readTextFile(local), await Deno.readTextFile(remote));
    const notes = events.flatMap((event) => event.kind === "debug" ? [event.text] : []);
    match(notes.join(), /scp is not installed in the guest/);
    connection.close();
    await connection.closed;
    await Deno.remove(tools, { recursive: true });
  });

  Deno.test(`copyFile() ${direction}s when the guest serves SFTP and nothing else`, async () => {
    await using sshd = await startSshd({ config: ["ForceCommand internal-sftp"] });
    using connection = await connect(sshd.target, { signal: never });
    const [local, remote] = [join(sshd.dir, "a"), join(sshd.dir, "b")];
    await Deno.writeTextFile(direction === "upload" ? local : remote, "text");
    const request = { connection, direction, local, remote };
    equal((await copyFile(request, quiet)).route, "sftp");
    equal(await Deno.readTextFile(local), await Deno.readTextFile(remote));
    await rejects(
      copyFile({ ...request, local: join(sshd.dir, "a"), remote: join(sshd.dir, "no/") }, quiet),
      /no such/,
    );
    connection.close();
    await connection.closed;
  });
}

Deno.test("copyFile() goes over SFTP both ways when the guest has scp disabled", async () => {
  // What an administrator's /etc/ssh/disable_scp makes it do.
  const tools = await toolsWithoutScp();
  const disabled = "#!/bin/sh\necho 'scp: SCP disabled by /etc/ssh/disable_scp' >&2; exit 1\n";
  await Deno.writeTextFile(join(tools, "scp"), disabled, { mode: 0o755 });
  await using sshd = await startSshd({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
  using connection = await connect(sshd.target, { signal: never });
  const local = join(sshd.dir, "a");
  const notes: string[] = [];
  const report = (event: Progress): void => {
    if (event.kind === "debug") notes.push(event.text);
  };
  for (const direction of ["upload", "download"] satisfies Direction[]) {
    const remote = join(sshd.dir, direction);
    await Deno.writeTextFile(direction === "upload" ? local : remote, direction);
    const request = { connection, direction, local, remote };
    equal((await copyFile(request, { signal: never, report })).route, "sftp");
    equal(await Deno.readTextFile(direction === "upload" ? remote : local), direction);
    match(notes.splice(0).join(), /scp can't be used: .*disabled by \/etc\/ssh\/disable_scp/);
  }
  connection.close();
  await connection.closed;
  await Deno.remove(tools, { recursive: true });
});

Deno.test("copyFile() says what both routes lack", async () => {
  const tools = await toolsWithoutScp();
  await using sshd = await startSshd({ sftp: null, config: [`SetEnv PATH=${tools} SHLVL=2`] });
  using connection = await connect(sshd.target, { signal: never });
  const local = join(sshd.dir, "a");
  await Deno.writeTextFile(local, "text");
  const error: CubicError = await copyFile(
    { connection, direction: "upload", local, remote: join(sshd.dir, "b") },
    quiet,
  ).then(() => Promise.reject(new Error("copied")), (error) => error);
  equal(isCubicError(error, "transfer-failed"), true);
  match(error.details ?? "", /scp: scp is not installed in the guest\nsftp: /);
  match(error.hint ?? "", /openssh-client/);
  connection.close();
  await connection.closed;
  await Deno.remove(tools, { recursive: true });
});

Deno.test("copyFile() is not confused by a shell whose start-up files print things", async () => {
  await using sshd = await startSshd({
    config: [`ForceCommand printf 'Welcome!\\nC0644 3 x\\n'; eval "$SSH_ORIGINAL_COMMAND"`],
  });
  using connection = await connect(sshd.target, { signal: never });
  const [local, remote] = [join(sshd.dir, "a"), join(sshd.dir, "b")];
  await Deno.writeTextFile(local, "text");
  const up = await copyFile({ connection, direction: "upload", local, remote }, quiet);
  equal(up.route, "scp");
  equal(await Deno.readTextFile(remote), "text");
  await Deno.writeTextFile(remote, "other");
  await copyFile({ connection, direction: "download", local, remote }, quiet);
  equal(await Deno.readTextFile(local), "other");
  connection.close();
  await connection.closed;
});

Deno.test("a refused header whose body looks like records creates nothing", async () => {
  // The guest's scp is a wrapper that aims the real one at a directory that does not exist.
  const tools = await Deno.makeTempDir({ prefix: "cubic-tools-" });
  const scp = (await new Deno.Command("sh", { args: ["-c", "command -v scp"] }).output()).stdout;
  await Deno.writeTextFile(
    join(tools, "scp"),
    `#!/bin/sh\nexec ${new TextDecoder().decode(scp).trim()} -t "\${2%/*}/none/f"\n`,
    { mode: 0o755 },
  );
  const path = quoteCommand([`${tools}:${Deno.env.get("PATH")}`]);
  await using sshd = await startSshd({ config: [`SetEnv PATH=${path} SHLVL=2`], sftp: null });
  using connection = await connect(sshd.target, { signal: never });
  const guest = join(sshd.dir, "guest");
  await Deno.mkdir(guest);
  const local = join(sshd.dir, "payload");
  await Deno.writeTextFile(
    local,
    `C0777 4 pwned\nevil\0${new TextDecoder().decode(fileRecord({ mode: 0o777, size: 4 }))}evil\0`,
  );
  await rejects(
    copyFile({ connection, direction: "upload", local, remote: join(guest, "f") }, quiet),
    (error) => isCubicError(error, "transfer-failed"),
  );
  deepEqual(await namesIn(guest), []);
  connection.close();
  await connection.closed;
  await Deno.remove(tools, { recursive: true });
});

Deno.test("a part file is guarded, not removed, by a guest that lacks the usual tools", async () => {
  const tools = await toolsWithoutScp();
  await using sshd = await startSshd({ config: [`SetEnv PATH=${tools} SHLVL=2`] });
  using connection = await connect(sshd.target, { signal: never });
  const part = join(sshd.dir, "part");
  await Deno.writeTextFile(part, "x");
  const isThere = (): Promise<boolean> => Deno.stat(part).then(() => true, () => false);
  const guard = await guardPart(connection, part);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  equal(await isThere(), true);
  guard[Symbol.dispose]();
  await eventually("the part is gone", async () => !await isThere(), 10_000);
  connection.close();
  await connection.closed;
  await Deno.remove(tools, { recursive: true });
});

for (const route of ROUTES) {
  for (const direction of ["upload", "download"] satisfies Direction[]) {
    Deno.test(`a connection killed in a ${route.name} ${direction} leaves the old target`, async () => {
      await using sshd = await startSshd();
      using connection = await connect(sshd.target, { signal: never });
      const [host, guest] = [join(sshd.dir, "host"), join(sshd.dir, "guest")];
      await Deno.mkdir(host);
      await Deno.mkdir(guest);
      const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
      await Deno.writeFile(join(from, "f"), new Uint8Array(64 * 2 ** 20));
      await Deno.writeTextFile(join(to, "f"), "old");
      let killed: Promise<void> | undefined;
      const report = (event: Progress): void => {
        if (event.kind === "bytes" && event.done > 1_000_000) killed ??= sshd.killConnections();
      };
      await rejects(
        copyFile({
          connection,
          direction,
          local: join(host, "f"),
          remote: join(guest, "f"),
          routes: [route],
        }, { signal: never, report }),
        (error) => isCubicError(error, "ssh-failed"),
      );
      await killed;
      equal(await Deno.readTextFile(join(to, "f")), "old");
      deepEqual(await namesIn(host), ["f"]);
    });
  }
}

Deno.test("copyFile() refuses to write where the guest's user may not", async () => {
  // Root may write anywhere, except under /proc.
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  const local = join(sshd.dir, "a");
  await Deno.writeTextFile(local, "text");
  await rejects(
    copyFile({ connection, direction: "upload", local, remote: "/proc/cubic" }, quiet),
    (error) => isCubicError(error, "transfer-failed"),
  );
  connection.close();
  await connection.closed;
});

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}
