/** Connecting and waiting, with servers that answer, lie, refuse and keep silent. */
import { equal, match, rejects } from "node:assert/strict";
import process from "node:process";
import { type CubicError, isCubicError } from "../../core/errors.ts";
import { connect } from "../../core/ssh/client.ts";
import { fingerprint, generateKeyPair } from "../../core/ssh/keys.ts";
import type { SshTarget } from "../../core/ssh/target.ts";
import { waitForSsh } from "../../core/ssh/wait.ts";
import { freePort, startSshd } from "../support/sshd.ts";

const never = new AbortController().signal;

/** A target nobody set up, on that port. */
async function stranger(port: number): Promise<SshTarget> {
  const pair = await generateKeyPair("stranger");
  return {
    host: "127.0.0.1",
    port,
    user: "nobody",
    privateKey: pair.privateKey,
    hostKey: pair.publicKey,
  };
}

/** A server that accepts and does with each connection what it is told. */
function server(handle: (connection: Deno.TcpConn) => void): { port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.TcpConn[] = [];
  (async () => {
    for await (const connection of listener) {
      open.push(connection);
      handle(connection);
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    [Symbol.dispose]: () => {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // The handler has closed it.
        }
      }
    },
  };
}

Deno.test("connect() logs in with the instance's key and pinned host key", async () => {
  await using sshd = await startSshd();
  using connection = await connect(sshd.target, { signal: never });
  equal(connection.lost, false);
  connection.close();
  await connection.closed;
  match(await sshd.log(), /Accepted publickey/);
});

Deno.test("connect() refuses another host key, with both fingerprints", async () => {
  await using sshd = await startSshd();
  const other = await generateKeyPair("other");
  const target = { ...sshd.target, hostKey: other.publicKey };
  const error: CubicError = await connect(target, { signal: never }).then(
    () => Promise.reject(new Error("connected")),
    (error) => error,
  );
  equal(isCubicError(error, "ssh-failed"), true);
  match(error.message, /another host key/);
  match(error.details ?? "", new RegExp(RegExp.escape(await fingerprint(other.publicKey))));
  match(error.details ?? "", new RegExp(RegExp.escape(await fingerprint(sshd.target.hostKey))));
  // And it is final for those who wait.
  const started = performance.now();
  await rejects(waitForSsh(target, { signal: never, timeoutMs: 20_000 }), /another host key/);
  equal(performance.now() - started < 3000, true);
});

Deno.test("connect() says that the key is refused", async () => {
  await using sshd = await startSshd();
  const { privateKey } = await generateKeyPair("other");
  await rejects(connect({ ...sshd.target, privateKey }, { signal: never }), /does not accept/);
});

Deno.test("connect() says that nobody listens", async () => {
  const target = await stranger(freePort());
  await rejects(connect(target, { signal: never }), (error) => isCubicError(error, "ssh-failed"));
});

Deno.test("connect() gives up on a server that stops in the middle of the handshake", async () => {
  using half = server((connection) => {
    connection.write(new TextEncoder().encode("SSH-2.0-Half\r\n"));
  });
  const started = performance.now();
  await rejects(
    connect(await stranger(half.port), { signal: never, timeoutMs: 500 }),
    /no answer in time/,
  );
  equal(performance.now() - started < 3000, true);
});

Deno.test("connect() refuses a server that is no SSH server", async () => {
  using web = server((connection) => {
    connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n".repeat(1000)))
      .catch(() => {});
  });
  await rejects(connect(await stranger(web.port), { signal: never }), /no SSH server/);
});

Deno.test("connect() stops when aborted", async () => {
  using silent = server(() => {});
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  await rejects(
    connect(await stranger(silent.port), { signal: abort.signal }),
    (error) => isCubicError(error, "interrupted"),
  );
});

Deno.test("waitForSsh() ends at its deadline with a silent server, and does not burn the processor", async () => {
  using silent = server(() => {});
  const target = await stranger(silent.port);
  const [started, cpu] = [performance.now(), processorSeconds()];
  await rejects(
    waitForSsh(target, { signal: never, timeoutMs: 2000 }),
    (error) => isCubicError(error, "start-timeout") && /no answer/.test(error.message),
  );
  const took = performance.now() - started;
  equal(took > 1900 && took < 20_000, true, `took ${took} ms`);
  // A loop without a pause would take two seconds of it.
  const used = processorSeconds() - cpu;
  equal(used < 0.5, true, `used ${used} s`);
});

Deno.test("waitForSsh() outlasts a server that closes every connection, and one that refuses the key", async () => {
  // As QEMU's user network does while nobody listens in the guest.
  let attempts = 0;
  using closing = server((connection) => connection.close());
  await rejects(
    waitForSsh(await stranger(closing.port), {
      signal: never,
      timeoutMs: 1000,
      onAttempt: () => attempts++,
    }),
    (error) => isCubicError(error, "start-timeout"),
  );
  equal(attempts > 2 && attempts < 12, true, `${attempts} attempts`);

  await using sshd = await startSshd();
  const keys = `${sshd.dir}/authorized_keys`;
  const text = await Deno.readTextFile(keys);
  await Deno.writeTextFile(keys, "");
  const late = setTimeout(() => Deno.writeTextFileSync(keys, text), 700);
  using connection = await waitForSsh(sshd.target, { signal: never, timeoutMs: 10_000 });
  clearTimeout(late);
  connection.close();
  await connection.closed;
});

Deno.test("waitForSsh() gives up at once when the machine is gone", async () => {
  let alive = 3;
  const started = performance.now();
  await rejects(
    waitForSsh(await stranger(freePort()), {
      signal: never,
      timeoutMs: 20_000,
      isAlive: () => --alive > 0,
    }),
    /the machine stopped/,
  );
  equal(performance.now() - started < 3000, true);
});

Deno.test("fifty connections in a row leave nothing behind", async () => {
  await using sshd = await startSshd();
  for (let index = 0; index < 50; index++) {
    using connection = await connect(sshd.target, { signal: never });
    connection.close();
    await connection.closed;
  }
});

/** Processor time of this process so far. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** A server that lets everybody in, keeps the connection alive, and answers to nothing else. */
async function startMute(opensChannels: boolean): Promise<{ target: SshTarget } & AsyncDisposable> {
  const { default: { Server } } = await import("ssh2");
  const [host, client] = [await generateKeyPair("host"), await generateKeyPair("client")];
  const mute = new Server({ hostKeys: [host.privateKey] }, (peer) => {
    peer.on("error", () => {});
    peer.on("authentication", (context) => context.accept());
    peer.on("session", (accept) => {
      // What a session without these listeners is asked for, ssh2 refuses.
      if (opensChannels) accept().on("exec", () => {}).on("sftp", () => {});
    });
  });
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as { port: number };
  const keys = { privateKey: client.privateKey, hostKey: host.publicKey };
  return {
    target: { host: "127.0.0.1", port, user: "x", ...keys },
    [Symbol.asyncDispose]: () => new Promise((resolve) => mute.close(() => resolve())),
  };
}

for (const opensChannels of [false, true]) {
  const what = opensChannels ? "starts nothing" : "opens no channel";
  Deno.test(`a server that ${what} is not waited for without end`, async () => {
    await using mute = await startMute(opensChannels);
    using connection = await connect(mute.target, { signal: never, answerTimeoutMs: 300 });
    for (const asked of [() => connection.start("true"), () => connection.sftp()]) {
      await rejects(
        asked,
        (error) => isCubicError(error, "ssh-failed") && /no answer in time/.test(error.message),
      );
    }
    connection.close();
    await connection.closed;
  });
}
