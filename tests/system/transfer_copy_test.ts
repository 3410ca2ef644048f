/** Copying one file each way over each route, against OpenSSH's own server. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { isCubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { copyFile, type CopyRequest, type CopyResult, ROUTES } from "../../core/transfer/copy.ts";
import type { Direction } from "../../core/transfer/plan.ts";
import { startSshd } from "../support/sshd.ts";

const never = new AbortController().signal;
const DIRECTIONS: readonly Direction[] = ["upload", "download"];

/** A connection, and a directory each for the two sides (one machine plays both). */
interface Bench {
  readonly connection: SshConnection;
  readonly host: string;
  readonly guest: string;
  readonly events: Progress[];
  copy(
    direction: Direction,
    local: string,
    remote: string,
    more?: Partial<CopyRequest>,
  ): Promise<CopyResult>;
}

async function withBench(run: (bench: Bench) => Promise<void>): Promise<void> {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  const events: Progress[] = [];
  const [host, guest] = [join(sshd.dir, "host"), join(sshd.dir, "guest")];
  await Deno.mkdir(host);
  await Deno.mkdir(guest);
  await run({
    connection,
    host,
    guest,
    events,
    copy: (direction, local, remote, more = {}) =>
      copyFile({ connection, direction, local, remote, ...more }, {
        signal: never,
        report: (event) => events.push(event),
      }),
  });
  // Nothing of ours is left, whatever the test did.
  for (const dir of [host, guest]) {
    for await (const { name } of Deno.readDir(dir)) equal(name.endsWith(".part"), false, name);
  }
  connection.close();
  await connection.closed;
}

function randomBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
  }
  return bytes;
}

async function sha256(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

const SIZES = [0, 1, 32_767, 32_768, 32_769, 229_346, 229_347, 229_348, 261_121, 5 * 2 ** 20 + 1];

for (const route of ROUTES) {
  for (const direction of DIRECTIONS) {
    Deno.test(`copyFile() ${direction}s every size over ${route.name} with equal bytes`, () =>
      withBench(async ({ copy, host, guest, events }) => {
        for (const size of SIZES) {
          const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
          await Deno.writeFile(join(from, `f${size}`), randomBytes(size), { mode: 0o751 });
          const paths = [join(host, `f${size}`), join(guest, `f${size}`)] as const;
          events.length = 0;
          const result = await copy(direction, ...paths, { routes: [route] });
          deepEqual(result, { bytes: size, route: route.name, target: join(to, `f${size}`) });
          equal(await sha256(join(to, `f${size}`)), await sha256(join(from, `f${size}`)));
          equal((await Deno.stat(join(to, `f${size}`))).mode! & 0o777, 0o751);
          const done = events.flatMap((event) => event.kind === "bytes" ? [event.done] : []);
          equal(done.at(-1), size);
          equal(done.slice(0, -1).every((count) => count < size || size === 0), true);
        }
      }));

    Deno.test(`copyFile() ${direction}s over ${route.name} onto a longer file, which keeps its mode`, () =>
      withBench(async ({ copy, host, guest }) => {
        const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
        await Deno.writeTextFile(join(from, "f"), "short");
        await Deno.writeTextFile(join(to, "f"), "much longer than that", { mode: 0o640 });
        await Deno.symlink("f", join(to, "link"));
        await copy(direction, join(host, "f"), join(guest, "f"), { routes: [route] });
        equal(await Deno.readTextFile(join(to, "f")), "short");
        equal((await Deno.stat(join(to, "f"))).mode! & 0o777, 0o640);
        // A link stays one.
        const [local, remote] = direction === "upload" ? ["f", "link"] : ["link", "f"];
        await copy(direction, join(host, local), join(guest, remote), { routes: [route] });
        equal((await Deno.lstat(join(to, "link"))).isSymlink, true);
      }));

    Deno.test(`copyFile() ${direction}s awkward names over ${route.name}, and runs none of them`, () =>
      withBench(async ({ copy, host, guest }) => {
        const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
        for (const name of NAMES) {
          await Deno.writeTextFile(join(from, name), name);
          const result = await copy(direction, join(host, name), join(guest, name), {
            // A name with a line end is beyond SCP on the way down; the engine goes on to SFTP.
            routes: name.includes("\n") ? ROUTES : [route],
          });
          equal(result.target, join(to, name));
          equal(await Deno.readTextFile(join(to, name)), name);
        }
        deepEqual(await namesIn(to), [...NAMES].sort());
      }));

    Deno.test(`copyFile() ${direction}s over ${route.name} into a full device with a clear error`, () =>
      withBench(async ({ copy, host, guest }) => {
        const [local, remote] = direction === "upload"
          ? [join(host, "f"), "/dev/full"]
          : ["/dev/full", join(guest, "f")];
        await Deno.writeFile(
          join(direction === "upload" ? host : guest, "f"),
          randomBytes(300_000),
        );
        await rejects(
          copy(direction, local, remote, { routes: [route] }),
          (error) =>
            // SFTP has no code for a full disk, and a device has no free space to ask for.
            isCubicError(error, "disk-full") ||
            (route.name === "sftp" && isCubicError(error, "transfer-failed")),
        );
      }));
  }
}

const NAMES = [
  "two words",
  " lead and trail ",
  "it's",
  '"quoted"',
  "$(id >pwned)",
  "`id >pwned`",
  "a;id >pwned",
  "*",
  "[a]",
  "~",
  "~root",
  "-rf",
  "a:b",
  "back\\slash",
  "line\nend",
  "C0777 4 pwned\n",
  "\x1b[31mred",
  "ünï 🙂",
  "x".repeat(255),
];

Deno.test("copyFile() copies into a directory, and to and from the home directory", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "f"), "text");
    for (const remote of [guest, guest + "/", guest + "//"]) {
      equal((await copy("upload", join(host, "f"), remote)).target, join(guest, "f"));
    }
    equal((await copy("download", host, join(guest, "f"))).target, join(host, "f"));
    equal((await copy("download", host + "/", join(guest, "f"))).target, join(host, "f"));
    const name = `cubic-test-${crypto.randomUUID()}`;
    // The account's own, which need not be what HOME says here.
    const { stdout } = await realHost().run("sh", ["-c", "eval echo ~$(id -un)"]);
    const home = stdout.trim();
    await Deno.rename(join(host, "f"), join(host, name));
    try {
      for (const remote of ["", "~", "~/", name, `~/${name}`, `./${name}`]) {
        equal((await copy("upload", join(host, name), remote)).target.endsWith(`/${name}`), true);
        equal(await Deno.readTextFile(join(home, name)), "text", remote);
        await copy("download", join(host, "back"), name);
        await Deno.remove(join(home, name));
      }
    } finally {
      await Deno.remove(join(home, name)).catch(() => {});
    }
  }));

Deno.test("copyFile() names what is missing or of the wrong kind", () =>
  withBench(async ({ copy, host, guest }) => {
    await Deno.writeTextFile(join(host, "f"), "text");
    await Deno.writeTextFile(join(guest, "f"), "text");
    await Deno.mkdir(join(guest, "dir/f"), { recursive: true });
    const file = join(host, "f");
    const cases: readonly (readonly [Direction, string, string, RegExp])[] = [
      ["upload", join(host, "none"), guest, /no such file/],
      ["upload", host, guest, /is a directory/],
      ["upload", "/dev/null", guest, /not a regular file/],
      ["upload", file, join(guest, "none/f"), /no such directory in the guest/],
      ["upload", file, join(guest, "none/"), /no such directory in the guest/],
      ["upload", file, join(guest, "f/"), /no such directory in the guest/],
      ["upload", file, join(guest, "dir"), /is a directory/],
      ["download", host, join(guest, "none"), /no such file in the guest/],
      ["download", host, guest, /is a directory/],
      ["download", host, "/dev/zero", /not a regular file/],
      ["download", join(host, "none/"), join(guest, "f"), /no such directory/],
      ["download", join(host, "none/f"), join(guest, "f"), /no such directory/],
    ];
    for (const [direction, local, remote, message] of cases) {
      await rejects(copy(direction, local, remote), message, `${direction} ${local} ${remote}`);
    }
    equal(await Deno.readTextFile(join(guest, "f")), "text");
  }));

for (const route of ROUTES) {
  Deno.test(`copyFile() ends when the source shrinks under ${route.name}, and keeps the old target`, () =>
    withBench(async ({ connection, host, guest }) => {
      const size = 64 * 2 ** 20;
      await Deno.writeFile(join(host, "f"), new Uint8Array(size));
      await Deno.writeTextFile(join(guest, "f"), "old");
      const report = (event: Progress): void => {
        if (event.kind === "bytes") Deno.truncateSync(join(host, "f"), 1000);
      };
      await rejects(
        copyFile({
          connection,
          direction: "upload",
          local: join(host, "f"),
          remote: join(guest, "f"),
          routes: [route],
        }, { signal: never, report }),
        /shrank/,
      );
      equal(await Deno.readTextFile(join(guest, "f")), "old");
      await untilNoParts(guest);
    }));
}

Deno.test("copyFile() keeps the old target when it is aborted", () =>
  withBench(async ({ connection, host, guest }) => {
    for (const route of ROUTES) {
      for (const direction of DIRECTIONS) {
        const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
        await Deno.writeFile(join(from, "f"), new Uint8Array(32 * 2 ** 20));
        await Deno.writeTextFile(join(to, "f"), "old");
        const abort = new AbortController();
        await rejects(
          copyFile({
            connection,
            direction,
            local: join(host, "f"),
            remote: join(guest, "f"),
            routes: [route],
          }, { signal: abort.signal, report: () => abort.abort() }),
          (error) => isCubicError(error, "interrupted"),
        );
        equal(await Deno.readTextFile(join(to, "f")), "old");
        await untilNoParts(to);
      }
    }
    match(connection.target.host, /127/);
  }));

/** The guest tidies up by itself a moment after the channel has closed. */
async function untilNoParts(dir: string): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    if (!(await namesIn(dir)).some((name) => name.endsWith(".part"))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("a part file stays");
}

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}
