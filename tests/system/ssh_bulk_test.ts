/** Much data over one connection: under rekeys, with each cipher, to a slow reader, from a server that cheats. */
import { equal, match, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { hasFastGcm, loadClient } from "../../core/ssh/load.ts";
import { openLocalSource } from "../../core/transfer/local_source.ts";
import type { Route, RouteOperation } from "../../core/transfer/route.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { sftpRoute } from "../../core/transfer/routes/sftp.ts";
import { putRunningInstance } from "../support/running_sshd.ts";
import { startSshd } from "../support/sshd.ts";

const ROUTES: readonly Route[] = [scpRoute, sftpRoute];
const SIZE = 40_000_003;

function operation(more: Partial<RouteOperation> = {}): RouteOperation {
  return { signal: new AbortController().signal, report: () => {}, moved: () => {}, ...more };
}

async function withGuest(
  config: readonly string[],
  run: (connection: SshConnection, dir: string) => Promise<void>,
): Promise<void> {
  await using sshd = await startSshd({ config });
  using connection = await connect(sshd.target, { signal: new AbortController().signal });
  await run(connection, sshd.dir);
  connection.close();
  await connection.closed;
}

async function writeRandom(path: string, size: number): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true });
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  for (let left = size; left > 0; left -= block.length) {
    block[left % block.length]! += 1;
    const piece = block.subarray(0, Math.min(left, block.length));
    hash.update(piece);
    await file.write(piece);
  }
  return hash.digest("hex");
}

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const bytes of file.readable) hash.update(bytes);
  return hash.digest("hex");
}

async function bothWays(connection: SshConnection, dir: string, route: Route): Promise<void> {
  const [from, to] = [join(dir, "from"), join(dir, "to")];
  const sum = await writeRandom(from, SIZE);
  using source = await openLocalSource(from);
  const job = { source, path: to, mode: 0o600, useUmask: true, inPlace: false };
  equal((await route.upload(connection, job, operation())).kind, "done");
  equal(await digest(to), sum);
  const hash = createHash("sha256");
  const sink = { write: (bytes: Uint8Array) => Promise.resolve(void hash.update(bytes)) };
  equal((await route.download(connection, { path: to, sink }, operation())).kind, "done");
  equal(hash.digest("hex"), sum);
}

for (const route of ROUTES) {
  for (
    const cipher of [
      "aes128-gcm@openssh.com",
      "aes256-gcm@openssh.com",
      "chacha20-poly1305@openssh.com",
      "aes128-ctr",
    ]
  ) {
    Deno.test(`${route.name} carries equal bytes with ${cipher} and a new key every 4 MiB`, () =>
      withGuest(["RekeyLimit 4M", `Ciphers ${cipher}`], async (connection, dir) => {
        await bothWays(connection, dir, route);
      }));
  }

  Deno.test(`a ${route.name} download to a disk that stands still takes bounded memory`, () =>
    withGuest([], async (connection, dir) => {
      const path = join(dir, "from");
      await writeRandom(path, 200_000_000);
      const gate = Promise.withResolvers<void>();
      const hash = createHash("sha256");
      const sink = {
        write: async (bytes: Uint8Array) => {
          await gate.promise;
          hash.update(bytes);
        },
      };
      const before = Deno.memoryUsage().rss;
      const done = route.download(connection, { path, sink }, operation());
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const grown = (Deno.memoryUsage().rss - before) / 1e6;
      equal(grown < 60, true, `memory grew by ${grown} MB while nothing was written`);
      gate.resolve();
      equal((await done).kind, "done");
      equal(hash.digest("hex"), await digest(path));
    }));

  for (const direction of ["upload", "download"] as const) {
    Deno.test(`an interrupted ${route.name} ${direction} ends at once, and the connection is good`, () =>
      withGuest([], async (connection, dir) => {
        const [from, to] = [join(dir, "from"), join(dir, "to")];
        await writeRandom(from, 100_000_000);
        const abort = new AbortController();
        const moved = (done: number): void => {
          if (done > 3_000_000) abort.abort();
        };
        const op = operation({ signal: abort.signal, moved });
        using source = await openLocalSource(from);
        const upload = { source, path: to, mode: 0o600, useUmask: true, inPlace: false };
        const sink = { write: () => Promise.resolve() };
        await rejects(
          direction === "upload"
            ? route.upload(connection, upload, op)
            : route.download(connection, { path: from, sink }, op),
          (error) => isCubicError(error, "interrupted"),
        );
        const after = await connection.start("echo fine; ls -A " + dir);
        const [text] = await Promise.all([after.stdout.text(), after.stderr.text()]);
        match(text, /^fine\n/);
      }));
  }
}

for (const direction of ["upload", "download"] as const) {
  Deno.test(`an interrupted scp ${direction} ends although the guest stands still`, () =>
    withGuest([], async (connection, dir) => {
      const [from, to] = [join(dir, "from"), join(dir, "to")];
      await writeRandom(from, 100_000_000);
      const asked = await connection.start("echo $PPID");
      const server = Number(await asked.stdout.text());
      const abort = new AbortController();
      let stopped = false;
      const moved = (done: number): void => {
        if (done < 3_000_000 || stopped) return;
        stopped = true;
        Deno.kill(server, "SIGSTOP");
        setTimeout(() => abort.abort(), 300);
      };
      const op = operation({ signal: abort.signal, moved });
      using source = await openLocalSource(from);
      const job = { source, path: to, mode: 0o600, useUmask: true, inPlace: false };
      const sink = { write: () => Promise.resolve() };
      const copy = direction === "upload"
        ? scpRoute.upload(connection, job, op)
        : scpRoute.download(connection, { path: from, sink }, op);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tooLong = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("still waiting")), 15_000);
      });
      try {
        await rejects(Promise.race([copy, tooLong]), (error) => isCubicError(error, "interrupted"));
      } finally {
        clearTimeout(timer);
        Deno.kill(server, "SIGCONT");
      }
    }));
}

Deno.test("the host's own AES-GCM is the first choice where it is there", async () => {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: new AbortController().signal });
  const [gcm, chacha] = ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
  equal(connection.cipher, await hasFastGcm() ? gcm : chacha);
  connection.close();
  await connection.closed;
});

for (const config of [[], ["Ciphers aes256-gcm@openssh.com"]]) {
  Deno.test(`without the host's libcrypto copies are equal ${config.join() || "by default"}`, async () => {
    await using sshd = await startSshd({ config });
    const [from, to] = [join(sshd.dir, "from"), join(sshd.dir, "to")];
    const sum = await writeRandom(from, 5_000_000);
    const home = join(sshd.dir, "home");
    await using _instance = await putRunningInstance(home, "web", sshd);
    for (const paths of [[from, `web:${to}`], [`web:${from}`, to]]) {
      const { code } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "main.ts", "scp", "--route", "scp", ...paths],
        cwd: new URL("../../", import.meta.url),
        env: { CUBIC_NO_FFI: "1", CUBIC_HOME: home },
      }).output();
      equal(code, 0);
      equal(await digest(to), sum);
      await Deno.remove(to);
    }
  });
}

for (const output of ["stdout", "stderr"] as const) {
  Deno.test(`a server that sends more ${output} than its window allows loses the connection`, () =>
    cheatWith(output));
}

async function cheatWith(output: "stdout" | "stderr"): Promise<void> {
  // Its ciphers are put in place before the server takes them.
  await loadClient();
  const { default: { Server } } = await import("ssh2");
  const [host, client] = [await generateKeyPair("host"), await generateKeyPair("client")];
  const server = new Server({ hostKeys: [host.privateKey] }, (guest) => {
    guest.on("error", () => {});
    guest.on("authentication", (context) => context.accept());
    guest.on("session", (accept) =>
      accept().on("exec", (accept) => {
        const channel = accept();
        Object.assign((channel as unknown as { outgoing: object }).outgoing, { window: 2 ** 31 });
        (output === "stdout" ? channel : channel.stderr).write(new Uint8Array(64_000_000));
      }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const target = { host: "127.0.0.1", port, user: "u" };
  using connection = await connect(
    { ...target, privateKey: client.privateKey, hostKey: host.publicKey },
    { signal: new AbortController().signal },
  );
  const process = await connection.start("x");
  await connection.closed;
  equal((await process.status).kind, "lost");
  await new Promise((resolve) => server.close(resolve));
}
