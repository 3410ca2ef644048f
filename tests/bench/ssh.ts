/**
 * How fast one large file goes over our SSH routes, against OpenSSH's own programs over the same loopback server, as
 * medians and as ratios of the same round. It measures and asserts nothing; the figures depend on the machine.
 *
 *     deno run -A tests/bench/ssh.ts
 *     CUBIC_BENCH_BYTES=1000000000 CUBIC_BENCH_ROUNDS=9 deno run -A tests/bench/ssh.ts
 */
import { join } from "node:path";
import type { SshTarget } from "../../core/ssh/target.ts";
import { startSshd } from "../support/sshd.ts";

/** What `ssh_child.ts` copies. */
export interface ChildRequest {
  readonly target: SshTarget;
  readonly route: "scp" | "sftp";
  readonly direction: "up" | "down";
  readonly from: string;
  readonly to: string;
}

/** One way to copy the file. */
interface Contender {
  readonly name: string;
  readonly direction: "up" | "down";
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What one copy cost. */
interface Cost {
  readonly seconds: number;
  /** User and system time of the program and of the children it waited for. */
  readonly cpu: number;
  /** The most memory any of its processes had, in bytes. */
  readonly memory: number;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const bytes = Number(Deno.env.get("CUBIC_BENCH_BYTES") ?? 274_000_000);
  const rounds = Number(Deno.env.get("CUBIC_BENCH_ROUNDS") ?? 5);
  await using sshd = await startSshd();
  const source = join(sshd.dir, "source");
  await writeRandomFile(source, bytes);
  const all = await contenders(sshd.target, sshd.dir, source);
  const costs = all.map((): Cost[] => []);
  // In turns, so that a busy minute of the machine falls on everybody; the first round only warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of all.entries()) {
      const cost = await measure(contender, join(sshd.dir, "copy"), source);
      if (round > 0) costs[index]!.push(cost);
    }
  }
  await Deno.stdout.write(new TextEncoder().encode(table(all, costs, bytes)));
}

async function contenders(target: SshTarget, dir: string, source: string): Promise<Contender[]> {
  const key = join(dir, "key");
  await Deno.writeTextFile(key, target.privateKey, { mode: 0o600 });
  const options = ["-i", key, "-F", "none", "-o", "IdentitiesOnly=yes"];
  options.push("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null");
  options.push("-o", "LogLevel=ERROR");
  const [host, port] = [`${target.user}@${target.host}`, String(target.port)];
  const copy = join(dir, "copy");
  const scp = ["scp", "-q", "-P", port, ...options];
  const ssh = `ssh ${options.join(" ")} -p ${port} ${host}`;
  const ours = (route: "scp" | "sftp", direction: "up" | "down"): Contender => {
    const request: ChildRequest = { target, route, direction, from: source, to: copy };
    const child = new URL("./ssh_child.ts", import.meta.url).pathname;
    return {
      name: `cubic ${route}`,
      direction,
      command: [Deno.execPath(), "run", "-A", "--quiet", "--no-check", child],
      env: { CUBIC_BENCH_REQUEST: JSON.stringify(request) },
    };
  };
  const sftp = (direction: "up" | "down"): Contender => {
    const line = direction === "up" ? `put ${source} ${copy}` : `get ${source} ${copy}`;
    const script = `echo '${line}' | sftp -q -b - -P ${port} ${options.join(" ")} ${host}`;
    return { name: "sftp -b", direction, command: ["sh", "-c", script] };
  };
  return [
    ours("scp", "up"),
    ours("sftp", "up"),
    { name: "scp", direction: "up", command: [...scp, source, `${host}:${copy}`] },
    { name: "scp -O", direction: "up", command: [...scp, "-O", source, `${host}:${copy}`] },
    sftp("up"),
    { name: "ssh cat", direction: "up", command: ["sh", "-c", `${ssh} 'cat >${copy}' <${source}`] },
    ours("scp", "down"),
    ours("sftp", "down"),
    { name: "scp", direction: "down", command: [...scp, `${host}:${source}`, copy] },
    { name: "scp -O", direction: "down", command: [...scp, "-O", `${host}:${source}`, copy] },
    sftp("down"),
    {
      name: "ssh cat",
      direction: "down",
      command: ["sh", "-c", `${ssh} 'cat ${source}' >${copy}`],
    },
  ];
}

/** Runs one copy under `time`, and makes sure that it did copy. */
async function measure(contender: Contender, copy: string, source: string): Promise<Cost> {
  await Deno.remove(copy).catch(() => {});
  const began = performance.now();
  const { code, stderr } = await new Deno.Command("/usr/bin/time", {
    args: ["-f", "cost %U %S %M", ...contender.command],
    env: contender.env ?? {},
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const seconds = (performance.now() - began) / 1000;
  const said = new TextDecoder().decode(stderr);
  const [, user, system, kilobytes] = said.match(/^cost ([\d.]+) ([\d.]+) (\d+)$/m) ?? [];
  const copied = await Deno.stat(copy).then(({ size }) => size, () => undefined);
  if (code !== 0 || copied !== (await Deno.stat(source)).size) {
    throw new Error(`${contender.name} ${contender.direction} came to ${copied} bytes: ${said}`);
  }
  return { seconds, cpu: Number(user) + Number(system), memory: Number(kilobytes) * 1024 };
}

/** One line for each contender; its ratio is the median over the rounds of our time by its time. */
function table(all: readonly Contender[], costs: readonly Cost[][], bytes: number): string {
  const lines = [
    `${bytes / 1e6} MB over loopback; medians of ${costs[0]!.length} rounds`,
    "way   contender    seconds    MB/s   CPU s   memory   our scp by it   our sftp by it",
  ];
  for (const [index, { name, direction }] of all.entries()) {
    const mine = costs[index]!;
    const ratio = (route: string): string => {
      const ours = costs[
        all.findIndex((one) => one.name === route && one.direction === direction)
      ]!;
      return median(ours.map(({ seconds }, round) => seconds / mine[round]!.seconds)).toFixed(2);
    };
    const seconds = median(mine.map((cost) => cost.seconds));
    lines.push([
      direction.padEnd(5),
      name.padEnd(10),
      seconds.toFixed(2).padStart(9),
      (bytes / 1e6 / seconds).toFixed(0).padStart(7),
      median(mine.map(({ cpu }) => cpu)).toFixed(2).padStart(7),
      `${(Math.max(...mine.map(({ memory }) => memory)) / 1e6).toFixed(0)} MB`.padStart(8),
      ratio("cubic scp").padStart(15),
      ratio("cubic sftp").padStart(16),
    ].join(" "));
  }
  return lines.join("\n") + "\n";
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function writeRandomFile(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(1 << 20);
  for (let left = size; left > 0; left -= block.length) {
    for (let at = 0; at < block.length; at += 65_536) {
      crypto.getRandomValues(block.subarray(at, at + 65_536));
    }
    let piece = block.subarray(0, Math.min(left, block.length));
    while (piece.length > 0) piece = piece.subarray(await file.write(piece));
  }
}
