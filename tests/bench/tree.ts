/**
 * Part of `deno task bench:transfer`: a tree of small files in 100 directories, against tar over ssh, `scp -r` and rsync
 * over the same loopback server, as medians. It measures and asserts nothing. CUBIC_BENCH_FILES sets how many (10,000),
 * CUBIC_BENCH_ROUNDS how often (3).
 */
import { join } from "node:path";
import { removeIfThere } from "../../core/atomic.ts";
import type { SshTarget } from "../../core/ssh/target.ts";
import { startSshd } from "../support/sshd.ts";

/** What `tree_child.ts` copies. */
export interface TreeRequest {
  readonly target: SshTarget;
  readonly direction: "up" | "down";
  readonly from: string;
  readonly to: string;
}

const DIRECTORIES = 100;
const FILE_BYTES = 4096;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const files = Number(Deno.env.get("CUBIC_BENCH_FILES") ?? 10_000);
  const rounds = Number(Deno.env.get("CUBIC_BENCH_ROUNDS") ?? 3);
  await using sshd = await startSshd();
  const [source, copy] = [join(sshd.dir, "tree"), join(sshd.dir, "copy")];
  await makeTree(source, files);
  const lines = [`${files} files of ${FILE_BYTES} bytes, medians of ${rounds}`];
  for (const direction of ["up", "down"] as const) {
    const ways = await contenders(sshd.target, sshd.dir, direction, source, copy);
    const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
    // In turns, so that a busy minute of the machine falls on everybody.
    for (let round = 0; round < rounds; round++) {
      for (const [name, { command, env }] of Object.entries(ways)) {
        await removeIfThere(copy);
        times.get(name)?.push(await timed(command, env));
        if (await count(copy) !== files) throw new Error(`${name} ${direction} lost files`);
      }
    }
    const ours = median(times.get("cubic scp -r") ?? []);
    for (const [name, all] of times) {
      const ms = median(all);
      const ratio = (ours / ms).toFixed(2).padStart(6);
      lines.push(
        `  ${direction.padEnd(5)}${name.padEnd(14)}${ms.toFixed(0).padStart(7)} ms${ratio} x`,
      );
    }
  }
  await Deno.stdout.write(new TextEncoder().encode(lines.join("\n") + "\n"));
}

interface Way {
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
}

async function contenders(
  target: SshTarget,
  dir: string,
  direction: "up" | "down",
  from: string,
  to: string,
): Promise<Record<string, Way>> {
  const key = join(dir, "key");
  await Deno.writeTextFile(key, target.privateKey, { mode: 0o600 });
  const options = `-i ${key} -F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=no ` +
    "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
  const host = `${target.user}@${target.host}`;
  const ssh = `ssh ${options} -p ${target.port}`;
  const sh = (line: string): Way => ({ command: ["sh", "-c", line] });
  const child = new URL("./tree_child.ts", import.meta.url).pathname;
  const request: TreeRequest = { target, direction, from, to };
  const up = direction === "up";
  const scp = up ? `${from} ${host}:${to}` : `${host}:${from} ${to}`;
  const rsync = up ? `${from}/ ${host}:${to}` : `${host}:${from}/ ${to}`;
  return {
    "cubic scp -r": {
      command: [Deno.execPath(), "run", "-A", "--quiet", "--no-check", child],
      env: { CUBIC_BENCH_REQUEST: JSON.stringify(request) },
    },
    "tar over ssh": sh(
      up
        ? `tar -C ${from} -cf - . | ${ssh} ${host} 'mkdir ${to} && tar -C ${to} -xf -'`
        : `mkdir ${to} && ${ssh} ${host} 'tar -C ${from} -cf - .' | tar -C ${to} -xf -`,
    ),
    "rsync -a": sh(`rsync -a -e '${ssh}' ${rsync}`),
    "scp -r": sh(`scp -q -r -P ${target.port} ${options} ${scp}`),
  };
}

async function makeTree(root: string, files: number): Promise<void> {
  for (let index = 0; index < DIRECTORIES; index++) {
    await Deno.mkdir(join(root, `d${index}`), { recursive: true });
  }
  for (let index = 0; index < files; index++) {
    const bytes = crypto.getRandomValues(new Uint8Array(FILE_BYTES));
    await Deno.writeFile(join(root, `d${index % DIRECTORIES}`, `f${index}`), bytes);
  }
}

async function timed(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const [program = "", ...args] = command;
  const began = performance.now();
  const { code, stderr } = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return performance.now() - began;
}

async function count(root: string): Promise<number> {
  let files = 0;
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    files += isDirectory ? await count(join(root, name)) : 1;
  }
  return files;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
