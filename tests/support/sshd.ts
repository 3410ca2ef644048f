/** A real OpenSSH server on a loopback port, for the tests of ssh and transfer. */
import { join } from "node:path";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import type { SshTarget } from "../../core/ssh/target.ts";

/** What may differ from a plain server. */
export interface SshdOptions {
  /** More lines for sshd_config, such as `ForceCommand internal-sftp`. */
  readonly config?: readonly string[];
  /** The SFTP subsystem's command; `internal-sftp` when left out, none at all when null. */
  readonly sftp?: string | null;
}

/** A running server; disposing it ends it and everything it started. */
export interface Sshd extends AsyncDisposable {
  readonly target: SshTarget;
  /** A directory of the server's own, removed with it. */
  readonly dir: string;
  /** Kills every connection of now with SIGKILL; the server goes on. */
  killConnections(): Promise<void>;
  /** Stops every process of the connections of now, or lets them go on: a guest that is frozen. */
  freezeConnections(frozen: boolean): Promise<void>;
  /** What the server has logged so far. */
  log(): Promise<string>;
}

const PROGRAMS = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd"];

/** Starts a server; throws when sshd is not installed or does not come up within 10 s. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const program = await findSshd();
  const dir = await Deno.makeTempDir({ prefix: "cubic-sshd-" });
  const [host, client] = [await generateKeyPair("host"), await generateKeyPair("client")];
  // Privilege separation, which sshd as root insists on.
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  await Deno.writeTextFile(join(dir, "host_key"), host.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(join(dir, "authorized_keys"), client.publicKey + "\n", { mode: 0o600 });
  const port = freePort();
  await Deno.writeTextFile(join(dir, "sshd_config"), config(dir, port, options));
  const server = new Deno.Command(program, {
    args: ["-D", "-f", join(dir, "sshd_config"), "-E", join(dir, "sshd.log")],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const log = (): Promise<string> => Deno.readTextFile(join(dir, "sshd.log")).catch(() => "");
  const sshd: Sshd = {
    target: {
      host: "127.0.0.1",
      port,
      user: await currentUser(),
      privateKey: client.privateKey,
      hostKey: host.publicKey,
    },
    dir,
    log,
    killConnections: () => signalChildren(server.pid, "SIGKILL"),
    freezeConnections: (frozen) => signalChildren(server.pid, frozen ? "SIGSTOP" : "SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await signalChildren(server.pid, "SIGKILL");
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(dir, { recursive: true });
    },
  };
  await untilListening(port).catch(async (error) => {
    const text = await log();
    await sshd[Symbol.asyncDispose]();
    throw new Error(`sshd did not come up:\n${text}`, { cause: error });
  });
  return sshd;
}

function config(dir: string, port: number, options: SshdOptions): string {
  const sftp = options.sftp === undefined ? "internal-sftp" : options.sftp;
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    `PidFile ${dir}/sshd.pid`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PermitRootLogin yes",
    "PrintMotd no",
    "MaxStartups 1000",
    "MaxSessions 100",
    "LogLevel VERBOSE",
    // Keeps bash from reading the developer's own .bashrc for each command.
    ...(options.config?.some((line) => line.startsWith("SetEnv")) ? [] : ["SetEnv SHLVL=2"]),
    ...(sftp === null ? [] : [`Subsystem sftp ${sftp}`]),
    ...options.config ?? [],
    "",
  ].join("\n");
}

async function findSshd(): Promise<string> {
  for (const program of PROGRAMS) {
    if (await Deno.stat(program).then(() => true, () => false)) return program;
  }
  throw new Error("sshd is not installed: these tests need it (Debian: openssh-server)");
}

async function currentUser(): Promise<string> {
  return (await output("id", ["-un"])).trim();
}

/**
 * Signals the processes sshd forked, and theirs: each connection is one or two. From the top down, because a server
 * whose command dies first would still tell how it ended.
 */
async function signalChildren(parent: number, signal: Deno.Signal): Promise<void> {
  const lines = (await output("ps", ["-A", "-o", "pid=,ppid="])).trim().split("\n");
  const processes = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (pid: number): number[] =>
    processes.filter(([, ppid]) => ppid === pid)
      .flatMap(([child = 0]) => [child, ...below(child)]);
  for (const pid of below(parent)) {
    try {
      Deno.kill(pid, signal);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

async function output(command: string, args: string[]): Promise<string> {
  return new TextDecoder().decode((await new Deno.Command(command, { args }).output()).stdout);
}

/** A port nobody listens on at the moment. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (true) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
