/** SFTP and SCP servers that lie, go silent, or name what they should not; and sinks that never take or acknowledge. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Attributes, ServerChannel } from "ssh2";
import { isCubicError } from "../../core/errors.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { excludeNothing } from "../../core/transfer/exclude.ts";
import { expandGuestGlob } from "../../core/transfer/guest_glob.ts";
import { inspectGuestPath } from "../../core/transfer/guest_path.ts";
import type { ByteSource } from "../../core/transfer/route.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { sftpRoute } from "../../core/transfer/routes/sftp.ts";
import { withStallLimit } from "../../core/transfer/stall.ts";
import { copyTree } from "../../core/transfer/tree_copy.ts";
import type { TreeRequest, TreeRoute } from "../../core/transfer/tree_ends.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { namesIn } from "../support/transfer.ts";

const never = new AbortController().signal;
const quiet = { signal: never, report: (): void => {} };
const STATUS = { ok: 0, endOfFile: 1 };
const DIRECTORY = 0o040755;
const FILE = 0o100644;

/** What a hostile server says; left out, it says nothing at all. */
interface Lies {
  /** The names in every directory, with their modes. */
  readonly names?: readonly (readonly [name: string, mode: number])[];
  /** They come again with every question, or there are the same in every directory. */
  readonly endless?: "names" | "directories";
  /** The size it tells of every file. */
  readonly size?: number;
  /** How many bytes there really are. */
  readonly bytes?: number;
  /** What it does with a command. */
  exec?(channel: ServerChannel): void;
}

interface Liar extends AsyncDisposable {
  readonly connection: SshConnection;
}

async function startLiar(lies: Lies): Promise<Liar> {
  const { default: { Server } } = await import("ssh2");
  const [host, client] = [await generateKeyPair("host"), await generateKeyPair("client")];
  const server = new Server({ hostKeys: [host.privateKey] }, (peer) => {
    peer.on("error", () => {});
    // Its types lack the method. Else each answer to thousands of questions would wait for 40 ms.
    (peer as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    peer.on("authentication", (context) => context.accept());
    peer.on("session", (accept) => {
      const session = accept();
      session.on("exec", (take, reject) => {
        if (!lies.exec) return void reject();
        const channel = take();
        channel.on("error", () => {});
        lies.exec(channel);
      });
      session.on("sftp", (take) => {
        const sftp = take();
        const { names, endless, size, bytes = 0 } = lies;
        const attributes = (mode: number): Attributes => ({
          ...{ mode, uid: 0, gid: 0, atime: 0, mtime: 0 },
          size: size ?? 0,
        });
        let listed = false;
        sftp.on("STAT", (id) => sftp.attrs(id, attributes(DIRECTORY)));
        sftp.on("OPENDIR", (id) => {
          if (endless === "directories") listed = false;
          sftp.handle(id, Buffer.from("d"));
        });
        sftp.on("READDIR", (id) => {
          if ((listed && endless !== "names") || !names) {
            return void sftp.status(id, STATUS.endOfFile);
          }
          listed = true;
          sftp.name(
            id,
            names.map(([filename, mode]) => ({
              filename,
              longname: filename,
              attrs: attributes(mode),
            })),
          );
        });
        sftp.on("OPEN", (id) => sftp.handle(id, Buffer.from("f")));
        sftp.on("FSTAT", (id) => void (size !== undefined && sftp.attrs(id, attributes(FILE))));
        sftp.on("READ", (id, _handle, offset, length) => {
          const count = Math.min(length, bytes - offset);
          if (count <= 0) sftp.status(id, STATUS.endOfFile);
          else sftp.data(id, Buffer.alloc(count));
        });
        sftp.on("CLOSE", (id) => sftp.status(id, STATUS.ok));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target = { host: "127.0.0.1", port, user: "x" };
  const keys = { privateKey: client.privateKey, hostKey: host.publicKey };
  const connection = await connect({ ...target, ...keys }, { signal: never });
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await connection.closed;
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A tree of the guest into a directory of the host. */
function treeRequest({ connection }: Liar, directory: string, route: TreeRoute): TreeRequest {
  const facts = { size: 0, mode: 0o755, mtime: 0, blocks: null, parentExists: true };
  return {
    from: { side: "guest", connection, path: "/x" },
    source: { kind: "directory", path: "/x", ...facts },
    to: { side: "host", path: directory },
    path: join(directory, "x"),
    label: "x",
    preserve: true,
    exclude: excludeNothing,
    routes: [route],
    warn: () => {},
  };
}

const NAMES: readonly (readonly [what: string, name: string])[] = [
  ["a path upwards", "../evil"],
  ["a path downwards", "sub/evil"],
  ["an absolute path", "/tmp/evil"],
  ["a name with a terminal's words in it", "../\x1b[2Jevil"],
  ["an empty name", ""],
];

for (const [what, name] of NAMES) {
  Deno.test(`an SFTP server that lists ${what} writes nothing`, async () => {
    await using liar = await startLiar({ names: [["good", FILE], [name, FILE]] });
    await using temp = await makeTempDir();
    await Deno.mkdir(join(temp.path, "to"));
    await rejects(
      copyTree(treeRequest(liar, join(temp.path, "to"), "sftp"), quiet),
      (error) => {
        ok(isCubicError(error, "transfer-failed"), String(error));
        match(error.message, /it sent the name/);
        // deno-lint-ignore no-control-regex -- exactly these must not be there
        ok(!/[\x00-\x1f\x7f]/.test(error.message), JSON.stringify(error.message));
        return true;
      },
    );
    deepEqual(await namesIn(temp.path), ["to"]);
    deepEqual(await namesIn(join(temp.path, "to")), []);
  });
}

const ENDLESS: readonly (readonly [what: string, lies: Lies, said: RegExp])[] = [
  ["names without end", { endless: "names", names: [["x".repeat(100_000), FILE]] }, /has no end/],
  [
    "directories without end",
    { endless: "directories", names: [["d", DIRECTORY]] },
    /in one another/,
  ],
];

for (const [what, lies, said] of ENDLESS) {
  Deno.test(`an SFTP server that lists ${what} ends the copy, and nothing is written`, async () => {
    await using liar = await startLiar(lies);
    await using temp = await makeTempDir();
    await rejects(
      copyTree(treeRequest(liar, temp.path, "sftp"), quiet),
      (error) => isCubicError(error, "transfer-failed") && said.test(error.message),
    );
    deepEqual(await namesIn(temp.path), []);
  });
}

Deno.test("a shell whose answer has no end is not listened to for ever", async () => {
  const words = new Uint8Array(64 * 1024).fill(0x78);
  const talk = (channel: ServerChannel): void => {
    if (channel.writable) channel.write(words, () => talk(channel));
  };
  await using liar = await startLiar({ exec: talk });
  const asked = [
    () => inspectGuestPath(liar.connection, "f"),
    () => expandGuestGlob(liar.connection, "*"),
  ];
  for (const ask of asked) {
    await rejects(ask(), /Cannot look at ".*": the guest's answer is longer/);
  }
});

Deno.test("an SFTP server that tells a larger size than there is ends the download, in no more memory", async () => {
  await using liar = await startLiar({ size: 2 ** 50, bytes: 1000 });
  let written = 0;
  const sink = {
    write: (bytes: Uint8Array): Promise<void> => Promise.resolve(void (written += bytes.length)),
  };
  await rejects(
    withStallLimit(
      quiet,
      "x",
      (op) => sftpRoute.download(liar.connection, { path: "/x", sink }, op),
    ),
    (error) => isCubicError(error, "transfer-failed"),
  );
  equal(written, 0);
});

Deno.test("an SFTP server that never answers is given up at the stall limit", async () => {
  await using liar = await startLiar({});
  const sink = { write: (): Promise<void> => Promise.resolve() };
  await rejects(
    withStallLimit(
      quiet,
      "x",
      (op) => sftpRoute.download(liar.connection, { path: "/x", sink }, op),
      300,
    ),
    /nothing has moved for 0.3 s/,
  );
});

/** What a hostile scp answers when it is asked for a tree. */
const RECORDS: readonly (readonly [what: string, sent: string, said: RegExp])[] = [
  ["a path upwards", "D0755 0 x\nC0644 1 ../evil\nx\0E\n", /its scp sent/],
  ["an absolute path", "D0755 0 x\nC0644 1 /tmp/evil\nx\0E\n", /its scp sent/],
  ["a directory upwards", "D0755 0 x\nD0755 0 ..\nC0644 1 evil\nx\0E\nE\n", /its scp sent/],
  ["the target's own mode", "D0755 0 x\nD0777 0 .\nE\nE\n", /its scp sent/],
  ["the same name twice", "D0755 0 x\nC0644 1 f\nx\0C0644 1 f\ny\0E\n", /came twice/],
  ["a file where a tree was asked for", "C0644 1 x\nx\0", /its scp sent/],
  ["a second tree", "D0755 0 x\nE\nD0755 0 evil\nE\n", /more than it was asked for/],
  ["a tree without an end", "D0755 0 x\nC0644 1 f\nx\0", /ended early/],
  ["fewer bytes than said", "D0755 0 x\nC0644 500 f\nx", /ended early/],
  ["endless directories", "D0755 0 x\n".repeat(5000), /directories are in one another/],
  ["an endless line", `D0755 0 x\n${"C".repeat(100_000)}`, /its scp sent/],
  ["a terminal's words", "D0755 0 x\n\x1b[2J\n", /its scp sent/],
  ["times in words", "D0755 0 x\nTlong ago\n", /its scp sent/],
];

for (const [what, sent, said] of RECORDS) {
  Deno.test(`an scp that sends ${what} in a tree writes nothing`, async () => {
    await using liar = await startLiar({
      exec: (channel) => {
        channel.write(`cubic-scp\n${sent}`);
        channel.exit(0);
        channel.end();
      },
    });
    await using temp = await makeTempDir();
    await rejects(copyTree(treeRequest(liar, temp.path, "scp"), quiet), (error) => {
      ok(isCubicError(error, "transfer-failed"), String(error));
      match(error.message, said);
      // deno-lint-ignore no-control-regex -- exactly these must not be there
      ok(!/[\x00-\x1f\x7f]/.test(error.message), JSON.stringify(error.message));
      return true;
    });
    deepEqual(await namesIn(temp.path), []);
  });
}

const SILENT: readonly (readonly [what: string, exec: (channel: ServerChannel) => void])[] = [
  ["says nothing", () => {}],
  ["never acknowledges the header", (channel) => void channel.write("cubic-scp\n\0")],
  ["never takes the body", (channel) => {
    channel.pause();
    channel.write("cubic-scp\n\0\0");
  }],
  ["never acknowledges the body", (channel) => {
    channel.resume();
    channel.write("cubic-scp\n\0\0");
  }],
];

for (const [what, exec] of SILENT) {
  Deno.test(`an scp in the guest that ${what} is given up at the stall limit`, async () => {
    await using liar = await startLiar({ exec });
    const size = 8 * 2 ** 20;
    const source: ByteSource = {
      size,
      async *chunks(length) {
        const piece = new Uint8Array(length);
        for (let left = size; left > 0; left -= length) yield piece.subarray(0, left);
        await Promise.resolve();
      },
    };
    const job = { source, path: "/x/f", mode: 0o644, useUmask: true, inPlace: false };
    await rejects(
      withStallLimit(quiet, "x", (op) => scpRoute.upload(liar.connection, job, op), 500),
      /nothing has moved for 0.5 s/,
    );
  });
}
