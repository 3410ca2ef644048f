/** `cubic upgrade` against a loopback server, on a program that install.sh would have installed. */
import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { dirname, join } from "node:path";
import { writeReceipt } from "../../core/upgrade/receipt.ts";
import { type Upgrade, upgrade, type UpgradeRequest } from "../../core/upgrade/upgrade.ts";
import { Cli } from "../support/cli.ts";
import { HTML, type ReleaseServer, serveReleases, standIn } from "../support/release_server.ts";
import { checkResult } from "../support/schema_check.ts";

const SYSTEM = `${Deno.build.os}-${Deno.build.arch}`;
const PROGRAM = (version: string): string => `download/v${version}/cubic-${version}-${SYSTEM}`;
const HASTE = { stallMs: 2000, attempts: 2, backoffMs: 10 };

interface Installed extends AsyncDisposable {
  readonly server: ReleaseServer;
  readonly program: string;
  readonly receipt: string;
  upgrade(request?: Partial<UpgradeRequest>, signal?: AbortSignal): Promise<Upgrade>;
  /** The program's text, and what else is beside it. */
  state(): Promise<readonly [text: string, others: string[]]>;
}

/** Version 1.0.0 is installed, 1.1.0 is published. */
async function installed(): Promise<Installed> {
  const cli = await Cli.create();
  const server = serveReleases();
  server.publish("1.0.0", { [SYSTEM]: standIn("1.0.0") });
  server.publish("1.1.0", { [SYSTEM]: standIn("1.1.0") });
  const env = { HOME: cli.home, XDG_DATA_HOME: join(cli.home, "share") };
  const app = await cli.app(env);
  const host = { ...app.host, fetch };
  const bin = join(cli.home, "bin");
  for (const path of [bin, join(cli.home, "share/cubic")]) {
    await Deno.mkdir(path, { recursive: true });
  }
  const program = join(bin, "cubic");
  await Deno.writeTextFile(program, standIn("1.0.0"), { mode: 0o755 });
  await writeReceipt(host, { program, version: "1.0.0", releases: server.url });
  const asked = { program, current: "1.0.0", check: false };
  return {
    server,
    program,
    receipt: join(cli.home, "share/cubic/install-receipt"),
    upgrade: (request, signal = new AbortController().signal) =>
      upgrade({ ...app, host }, { ...asked, ...request }, { signal, report: () => {} }, HASTE),
    async state(): Promise<readonly [string, string[]]> {
      const names = await Array.fromAsync(Deno.readDir(bin), ({ name }) => name);
      return [await Deno.readTextFile(program), names.filter((name) => name !== "cubic")];
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      await cli[Symbol.asyncDispose]();
    },
  };
}

Deno.test("cubic upgrade puts the newest version in place of a program that runs", async () => {
  await using here = await installed();
  const running = await Deno.open(here.program);
  const found = await here.upgrade();
  deepEqual(found, {
    program: here.program,
    current: "1.0.0",
    target: "1.1.0",
    available: true,
    upgraded: true,
  });
  // The command prints it as it is.
  checkResult(["upgrade"], found);
  deepEqual(await here.state(), [standIn("1.1.0"), []]);
  notEqual((await Deno.stat(here.program)).ino, (await running.stat()).ino);
  equal((await Deno.stat(here.program)).mode! & 0o777, 0o755);
  running.close();
  match(await Deno.readTextFile(here.receipt), /^version=1\.1\.0$/m);
});

Deno.test("cubic upgrade --check looks, and downloads no program", async () => {
  await using here = await installed();
  const { available, upgraded, target } = await here.upgrade({ check: true });
  deepEqual([available, upgraded, target], [true, false, "1.1.0"]);
  const newest = await here.upgrade({ current: "1.1.0" });
  deepEqual([newest.available, newest.upgraded], [false, false]);
  equal((await here.upgrade({ current: "1.2.0-rc.1" })).available, false);
  deepEqual(new Set(here.server.asked), new Set(["latest/download/SHA256SUMS"]));
  deepEqual(await here.state(), [standIn("1.0.0"), []]);
});

Deno.test("cubic upgrade --version goes back, too, and knows when there is none", async () => {
  await using here = await installed();
  await here.upgrade();
  equal((await here.upgrade({ current: "1.1.0", version: "1.0.0" })).upgraded, true);
  deepEqual(await here.state(), [standIn("1.0.0"), []]);
  await rejects(here.upgrade({ version: "9.9.9" }), /Cannot find version 9\.9\.9: .* 404/);
  here.server.files.set("download/v9.9.9/SHA256SUMS", `${"0".repeat(64)}  cubic-1.0.0-${SYSTEM}\n`);
  await rejects(here.upgrade({ version: "9.9.9" }), /it has 1\.0\.0/);
});

Deno.test("cubic upgrade keeps the old program when the new one is not what was published", async () => {
  await using here = await installed();
  for (const content of [standIn("6.6.6"), HTML, ""]) {
    here.server.files.set(PROGRAM("1.1.0"), content);
    await rejects(here.upgrade(), /Refused cubic-1\.1\.0-|web page/, content.slice(0, 20));
    deepEqual(await here.state(), [standIn("1.0.0"), []]);
  }
  here.server.files.delete(PROGRAM("1.1.0"));
  await rejects(here.upgrade(), /the release has no such file/);
  here.server.publish("1.1.0", { [SYSTEM]: "#!/bin/sh\nexit 1\n" });
  await rejects(here.upgrade(), /does not run here/);
  deepEqual(await here.state(), [standIn("1.0.0"), []]);
  match(await Deno.readTextFile(here.receipt), /^version=1\.0\.0$/m);
});

Deno.test("cubic upgrade keeps the old program when the download breaks off, and goes on later", async () => {
  await using here = await installed();
  here.server.cut.add(PROGRAM("1.1.0"));
  await rejects(here.upgrade(), { code: "network" });
  equal((await here.state())[0], standIn("1.0.0"));
  here.server.cut.clear();
  const older = join(dirname(here.program), ".cubic-0123456789abcdef.part");
  await Deno.writeTextFile(older, "of a version that nobody asks for any more");
  equal((await here.upgrade()).upgraded, true);
  deepEqual(await here.state(), [standIn("1.1.0"), []]);
  await rejects(here.upgrade({}, AbortSignal.abort()), { code: "interrupted" });
});

Deno.test("cubic upgrade says what is wrong with the list of digests", async () => {
  await using here = await installed();
  const sums = "latest/download/SHA256SUMS";
  here.server.files.set(sums, HTML);
  await rejects(here.upgrade(), /no list of digests/);
  here.server.files.set(sums, `${"0".repeat(64)}  cubic-1.1.0-plan9-mips\n`);
  await rejects(here.upgrade(), /Cannot find a program for \w+ on \w+ in the release/);
  here.server.files.set(sums, "x".repeat(100_000));
  await rejects(here.upgrade(), /it is too large/);
  here.server.files.delete(sums);
  await rejects(here.upgrade(), /Cannot find a release/);
});

Deno.test("cubic upgrade touches nothing that install.sh did not install", async () => {
  await using here = await installed();
  const hints = {
    "/opt/homebrew/Cellar/cubic/1.0.0/bin/cubic": /brew upgrade cubic/,
    "/usr/bin/cubic": /apt-get install --only-upgrade cubic/,
    "/opt/cubic": /Download the new version/,
  };
  for (const [program, hint] of Object.entries(hints)) {
    const failure = await here.upgrade({ program }).catch((error) => error);
    match(failure.message, /install\.sh did not install it/);
    match(failure.hint, hint);
  }
  await Deno.remove(here.receipt);
  await rejects(here.upgrade(), /install\.sh did not install it/);
  deepEqual(here.server.asked, []);
  await using cli = await Cli.create();
  const { status, stderr } = await cli.run(["upgrade", "--check"]);
  equal(status, 1);
  match(stderr, /runs from its sources\nhint: .*git pull/);
  equal((await cli.run(["upgrade", "--version", "newest"])).status, 2);
});
