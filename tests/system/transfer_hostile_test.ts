/** Servers that lie, stall, or try to write where they should not: written with ssh2's own server. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { ServerChannel } from "ssh2";
import { CubicError, isCubicError } from "../../core/errors.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { excludeNothing } from "../../core/transfer/exclude.ts";
import { copyFile } from "../../core/transfer/copy.ts";
import { openHostTarget } from "../../core/transfer/host_target.ts";
import { lookAt } from "../../core/transfer/place.ts";
import { openGuestTarget, openGuestTree } from "../../core/transfer/routes/stream.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { withStallLimit } from "../../core/transfer/stall.ts";
import { encodeHeader } from "../../core/transfer/tar/header.ts";
import { copyTree } from "../../core/transfer/tree_copy.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { namesIn } from "../support/transfer.ts";

const never = new AbortController().signal;
const quiet = { signal: never, report: (): void => {} };

/** What a server does with a command; the text is what our client asked to run. */
type Answer = (channel: ServerChannel, command: string) => void;

interface Hostile extends AsyncDisposable {
  readonly connection: SshConnection;
}

async function startHostile(answer: Answer): Promise<Hostile> {
  const { default: { Server } } = await import("ssh2");
  const [host, client] = [await generateKeyPair("host"), await generateKeyPair("client")];
  const server = new Server({ hostKeys: [host.privateKey] }, (peer) => {
    peer.on("error", () => {});
    peer.on("authentication", (context) => context.accept());
    peer.on("session", (accept) => {
      accept().on("exec", (take, _reject, { command }) => {
        const channel = take();
        channel.on("error", () => {});
        answer(channel, command);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = await connect({
    host: "127.0.0.1",
    port,
    user: "x",
    privateKey: client.privateKey,
    hostKey: host.publicKey,
  }, { signal: never });
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await connection.closed;
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const END = new Uint8Array(1024);

function member(
  name: string,
  more: Partial<Parameters<typeof encodeHeader>[0]> = {},
  body = "",
): Uint8Array {
  const header = encodeHeader({
    name,
    mode: 0o644,
    size: text(body).length,
    mtime: 0,
    type: "0",
    linkName: "",
    ...more,
  });
  const padded = new Uint8Array(512 + Math.ceil(text(body).length / 512) * 512);
  padded.set(header);
  padded.set(text(body), 512);
  return padded;
}

const DIRECTORY = member("./", { type: "5", mode: 0o755 });

/** Archives from a guest that was asked for a tree, and what comes of them. */
const ARCHIVES: readonly (readonly [what: string, parts: readonly Uint8Array[], said: RegExp])[] = [
  ["a file beside the tree", [DIRECTORY, member("../evil", {}, "x"), END], /outside/],
  ["an absolute path", [DIRECTORY, member("/tmp/evil", {}, "x"), END], /outside/],
  [
    "a link out and a file through it",
    [DIRECTORY, member("./l", { type: "2", linkName: ".." }), member("./l/evil", {}, "x"), END],
    /not inside a directory/,
  ],
  [
    "a file over a link",
    [DIRECTORY, member("./l", { type: "2", linkName: "../evil" }), member("./l", {}, "x"), END],
    /came twice/,
  ],
  [
    "a directory over a link",
    [
      DIRECTORY,
      member("./l", { type: "2", linkName: ".." }),
      member("./l", { type: "5" }),
      member("./l/evil", {}, "x"),
      END,
    ],
    /came twice/,
  ],
  [
    "a hard link to a link out",
    [
      DIRECTORY,
      member("./l", { type: "2", linkName: "/etc/passwd" }),
      member("./evil", { type: "1", linkName: "./l" }),
      END,
    ],
    /its original is no file/,
  ],
  ["a file in no directory", [DIRECTORY, member("./no/evil", {}, "x"), END], /not inside/],
  ["a tree without a root", [member("./evil", {}, "x"), END], /not inside/],
  [
    "the root as a link",
    [member(".", { type: "2", linkName: "/etc" }), member("./evil"), END],
    /not inside/,
  ],
  ["a huge file", [DIRECTORY, member("./a", { size: 2 ** 45 }), END], /ends in the middle/],
  ["an end that never came", [DIRECTORY, member("./a")], /ends in the middle/],
  ["words", [text("C0644 5 evil\nhello".repeat(100))], /checksum/],
];

for (const [what, parts, said] of ARCHIVES) {
  Deno.test(`a guest that sends ${what} writes nothing`, async () => {
    await using hostile = await startHostile((channel) => {
      channel.write("cubic-stream\0gnu\0");
      for (const part of parts) channel.write(part);
      channel.exit(0);
      channel.end();
    });
    await using temp = await makeTempDir();
    await Deno.mkdir(join(temp.path, "to"));
    const from = { side: "guest", connection: hostile.connection, path: "/x" } as const;
    const facts = { size: 0, mode: 0o755, mtime: 0, blocks: null, parentExists: true };
    await rejects(
      copyTree({
        from,
        source: { kind: "directory", path: "/x", ...facts },
        to: { side: "host", path: temp.path },
        path: join(temp.path, "to/x"),
        label: "x",
        preserve: true,
        exclude: excludeNothing,
        routes: ["stream"],
        warn: () => {},
      }, quiet),
      (error) => isCubicError(error, "transfer-failed") && (match(error.message, said), true),
    );
    deepEqual(await namesIn(temp.path), ["to"]);
    deepEqual(await namesIn(join(temp.path, "to")), []);
  });
}

Deno.test("a guest whose archive is another file than asked for writes nothing", async () => {
  await using hostile = await startHostile((channel) => {
    channel.write("cubic-stream\0gnu\0");
    channel.write(member("./authorized_keys", {}, "evil"));
    channel.write(END);
    channel.exit(0);
    channel.end();
  });
  const tree = await openGuestTree(hostile.connection, "/x/wanted", "file", {
    preserve: false,
    warn: () => {},
    signal: never,
  });
  if (tree.kind !== "ready") throw new Error(tree.reason);
  await rejects(Array.fromAsync(tree.value.entries), /sent ".\/authorized_keys"/);
});

Deno.test("a tree from a guest that goes silent, or never takes our bytes, ends at the stall limit", async () => {
  const silent: Answer[] = [
    () => {},
    (channel) => void channel.write("cubic-stream\0gnu\x000022\x001\0"),
    (channel) => void channel.write("no marker ".repeat(1000)),
  ];
  for (const answer of silent) {
    await using hostile = await startHostile(answer);
    await rejects(
      withStallLimit(quiet, "x", async ({ signal }) => {
        const options = { preserve: false, warn: (): void => {}, signal };
        const opened = await openGuestTree(hostile.connection, "/x", "directory", options);
        if (opened.kind !== "ready") throw new CubicError("failed", opened.reason);
        await Array.fromAsync(opened.value.entries);
      }, 300),
      /nothing has moved for 0.3 s/,
    );
  }
});

Deno.test("a guest that never reads what it is sent is given up at the stall limit", async () => {
  await using hostile = await startHostile((channel) => {
    channel.pause();
    channel.write("cubic-stream\0gnu\x000022\x001\0");
  });
  const data = new Uint8Array(16 * 2 ** 20);
  await rejects(
    withStallLimit(quiet, "x", async ({ signal }) => {
      const options = { preserve: false, warn: (): void => {}, signal };
      const opened = await openGuestTarget(hostile.connection, "/x", options);
      if (opened.kind !== "ready") throw new CubicError("failed", opened.reason);
      const extents = [{ offset: 0, length: data.length }];
      const facts = { path: "", mode: 0o644, mtime: 0, size: data.length, extents, data };
      await opened.value.put({ kind: "file", ...facts });
      await opened.value.commit();
    }, 300),
    /nothing has moved for 0.3 s/,
  );
});

Deno.test("the terminal is never driven by what a guest says", async () => {
  await using hostile = await startHostile((channel) => {
    channel.stderr.write("tar: \x1b]0;owned\x07\x1b[2Jfile: Cannot open: Permission denied\n");
    channel.write("cubic-stream\0gnu\0");
    channel.write(DIRECTORY);
    channel.write(member("./\x1b[31mred", {}, "x"));
    channel.write(member("./fifo\x1b[2J", { type: "6" }));
    channel.write(END);
    channel.exit(2);
    channel.end();
  });
  const warnings: string[] = [];
  const tree = await openGuestTree(hostile.connection, "/x", "directory", {
    preserve: false,
    warn: (words) => void warnings.push(words),
    signal: never,
  });
  if (tree.kind !== "ready") throw new Error(tree.reason);
  equal((await Array.fromAsync(tree.value.entries)).length, 2);
  equal(warnings.length, 2);
  // deno-lint-ignore no-control-regex -- exactly these must not be there
  for (const warning of warnings) ok(!/[\x00-\x1f\x7f]/.test(warning), JSON.stringify(warning));
});

/** What a hostile scp answers to `scp -f`, and what is said about it. */
const RECORDS: readonly (readonly [what: string, sent: string, said: RegExp])[] = [
  ["another name", "C0644 5 evil\nhello\0", /^done$/],
  ["a path", "C0644 5 ../evil\nhello\0", /no way|not SCP/],
  ["a directory first", "D0755 0 x\nC0644 5 evil\nhello\0E\n", /no way|not SCP/],
  ["a directory's mode", "D0777 0 .\n", /no way|not SCP/],
  ["a second file", "C0644 5 x\nhello\0C0644 5 evil\nhello\0", /more than it was asked for/],
  ["fewer bytes than said", "C0644 500 x\nhello", /ended early|status/],
  ["a size in words", "C0644 lots x\n", /no way|not SCP/],
  ["an endless line", "C".repeat(100_000), /no way|not SCP|too long/],
  ["a terminal's words", "\x01scp: \x1b[2Jno\n", /no way/],
];

for (const [what, sent, said] of RECORDS) {
  Deno.test(`an scp that sends ${what} changes nothing but the file asked for`, async () => {
    await using hostile = await startHostile((channel, command) => {
      if (command.includes("cubic-path")) {
        channel.write(
          ["cubic-path", "file", "5 644 0 8", "yes", "yes", "yes", "no", "/x/f", ""].join("\0"),
        );
      } else {
        channel.write("cubic-scp\n");
        channel.write(sent);
      }
      channel.exit(0);
      channel.end();
    });
    await using temp = await makeTempDir();
    const outcome = await copyFile({
      connection: hostile.connection,
      direction: "download",
      local: join(temp.path, "mine"),
      remote: "/x/f",
      routes: [scpRoute],
    }, quiet).then(() => "done", (error: CubicError) => `${error.message} ${error.details ?? ""}`);
    match(outcome, said);
    // deno-lint-ignore no-control-regex -- exactly these must not be there
    ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test(outcome), JSON.stringify(outcome));
    deepEqual(await namesIn(temp.path), outcome === "done" ? ["mine"] : []);
  });
}

Deno.test("what is put on the host is inside its hidden directory until it is moved", async () => {
  await using temp = await makeTempDir();
  const target = openHostTarget(join(temp.path, "x"), { preserve: false, warn: () => {} });
  await target.put({ kind: "directory", path: "", mode: 0o755, mtime: 0 });
  await target.put({ kind: "symlink", path: "l", mode: 0o777, mtime: 0, target: ".." });
  const [hidden = ""] = await namesIn(temp.path);
  match(hidden, /^\.cubic-/);
  equal((await Deno.stat(join(temp.path, hidden))).mode! & 0o777, 0o700);
  await target.discard();
  deepEqual(await namesIn(temp.path), []);
  equal((await lookAt({ side: "host", path: temp.path })).kind, "directory");
});
