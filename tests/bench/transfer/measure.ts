/** What one run of a program costs, by GNU time and strace. */
import type { Contender } from "./contenders.ts";

/** What one run took. */
export interface Cost {
  readonly seconds: number;
  /** User and system time of the program and of the children it waited for, in seconds. */
  readonly cpu: number;
  /** The most memory any one of its processes had, in bytes. */
  readonly memory: number;
}

type Command = Pick<Contender, "name" | "command" | "env">;

/** Runs it under GNU time. Throws when it fails. */
export async function measure(program: Command): Promise<Cost> {
  const began = performance.now();
  const said = await run("time", ["-f", "cost %U %S %M", ...program.command], program);
  const seconds = (performance.now() - began) / 1000;
  const [, user, system, kilobytes] = /^cost ([\d.]+) ([\d.]+) (\d+)$/m.exec(said) ?? [];
  return { seconds, cpu: Number(user) + Number(system), memory: Number(kilobytes) * 1024 };
}

/** Runs it under strace, which makes it slow, and returns the syscalls of all its processes. Throws when it fails. */
export async function countSyscalls(program: Command): Promise<number> {
  const file = await Deno.makeTempFile({ prefix: "cubic-strace-" });
  try {
    await run("strace", ["-f", "-c", "-o", file, ...program.command], program);
    return totalCalls(await Deno.readTextFile(file));
  } finally {
    await Deno.remove(file);
  }
}

/** The sum at the end of strace's table: share, seconds, microseconds a call, calls, errors if any, "total". */
export function totalCalls(table: string): number {
  const [, calls] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+total$/m.exec(table) ?? [];
  return Number(calls);
}

/** Returns its stderr. */
async function run(tool: string, args: string[], { name, env }: Command): Promise<string> {
  const options = { args, env, stdin: "null", stdout: "null", stderr: "piped" } as const;
  const { code, stderr } = await new Deno.Command(tool, options).output();
  const said = new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${said}`);
  return said;
}

/** What the bench runs beside ssh's own programs, and what tells that it is the right one of that name. */
const TOOLS: readonly (readonly [name: string, flag: string, words: RegExp])[] = [
  ["time", "--version", /GNU/],
  ["strace", "--version", /strace/],
  ["rsync", "--version", /rsync/],
  ["tar", "--version", /GNU/],
  ["scp", "-V", /usage/],
  ["sftp", "-V", /usage/],
];

/** Throws with the packages to install when something is missing. */
export async function demandTools(): Promise<void> {
  const missing: string[] = [];
  for (const [name, flag, words] of TOOLS) {
    const said = await outputOf(name, flag).catch(() => "");
    if (!words.test(said)) missing.push(name);
  }
  if (missing.length === 0) return;
  const packages = "apt install time strace rsync tar openssh-client openssh-server";
  throw new Error(`Cannot measure without ${missing.join(", ")} (Debian: ${packages})`);
}

/** What a program says of itself, on either output. */
export async function outputOf(name: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(name, { args, stdin: "null" }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}
