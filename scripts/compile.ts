/**
 * Makes the one static binary.
 *
 *     compile.ts [--output FILE]                        dist/cubic, for this machine
 *     compile.ts --target TRIPLE|all … [--reachable]    dist/cubic-VERSION-OS-ARCH for each, and SHA256SUMS
 *
 * DENORT_BIN, as `deno compile` itself reads it, names the runtime to build on where Deno's own download
 * server is out of reach; it is one for this machine, so other systems do without it. What can't be made is
 * said, in one line for all whose runtime is out of reach; the others are made all the same. The exit status is
 * 1 then; with --reachable a runtime that is out of reach is no failure, and 3 means that all of them are.
 */
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../deno.json" with { type: "json" };
import { writeBuildFile } from "./compile/commit.ts";
import { chosenTargets, formatOf, programName, type Target, TARGETS } from "./compile/targets.ts";
import { unneededFiles } from "./compile/unneeded.ts";
import { writeSums } from "./sha256sums.ts";
import { complain, print } from "./terminal.ts";

/** The exit status when the runtime of every system is out of reach. */
export const NOTHING_REACHED = 3;

/** What to compile and where to put it. */
export interface CompileRequest {
  readonly root: string;
  readonly output: string;
  /** The file with the commit. */
  readonly build: string;
  /** Files of packages that are left out. */
  readonly exclude: readonly string[];
  /** Another system than this one, in Rust's words; undefined for this one. */
  readonly target?: string;
}

/**
 * The arguments of `deno`. The program gets all permissions: it runs QEMU and ssh, and reads and writes
 * what its user names, so a list would promise a limit that is none. Types are `deno task ok`'s business.
 */
export function compileArgs({ root, output, build, exclude, target }: CompileRequest): string[] {
  return [
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    // It would be a file in the temporary directory, under a name that any other user could take first.
    "--no-code-cache",
    "--frozen",
    "--exclude-unused-npm",
    "--include",
    build,
    // Nothing imports a worker.
    "--include",
    join(root, "plugins", "sandbox", "worker.ts"),
    ...exclude.flatMap((file) => ["--exclude", file]),
    "--config",
    join(root, "deno.json"),
    "--output",
    output,
    ...(target === undefined ? [] : ["--target", target]),
    join(root, "main.ts"),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      output: { type: "string" },
      target: { type: "string", multiple: true },
      reachable: { type: "boolean", default: false },
    },
  });
  const root = join(import.meta.dirname ?? ".", "..");
  const parts = {
    root,
    build: await writeBuildFile(root),
    exclude: await unneededFiles(join(root, "main.ts")),
  };
  if (values.target === undefined) {
    return await compileHere(parts, resolve(values.output ?? join(root, "dist", "cubic")));
  }
  const targets = chosenTargets(values.target);
  if (targets === undefined || values.output !== undefined) {
    complain(
      `--target takes all, or ${TARGETS.map(({ triple }) => triple).join(", ")}; no --output.`,
    );
    return 2;
  }
  const { made, missed, failed } = await compileTargets(parts, targets);
  if (failed > 0 || (missed > 0 && !values.reachable)) return 1;
  return made > 0 ? 0 : NOTHING_REACHED;
}

/** What all programs are made of. */
type Parts = Omit<CompileRequest, "output" | "target">;

async function compileHere(parts: Parts, output: string): Promise<number> {
  const failure = await compile({ ...parts, output });
  if (failure !== undefined) {
    complain(`Cannot compile cubic: ${failure}`);
    complain("Without Deno's download server: set DENORT_BIN to a denort of this Deno's version.");
    return 1;
  }
  await printSize(output);
  const { code } = await new Deno.Command(output, { args: ["--version"] }).spawn().status;
  return code;
}

/** Compiles for each system that can be reached; returns how many were made, out of reach, and failed otherwise. */
async function compileTargets(
  parts: Parts,
  targets: readonly Target[],
): Promise<{ readonly made: number; readonly missed: number; readonly failed: number }> {
  const names: string[] = [];
  const missed: { readonly name: string; readonly failure: string }[] = [];
  let failed = 0;
  for (const target of targets) {
    const name = programName(manifest.version, target);
    const output = join(parts.root, "dist", name);
    const request = { ...parts, output, target: target.triple };
    const failure = await compile(request) ?? await wrongFormat(output, target);
    if (failure !== undefined) {
      await Deno.remove(output).catch(() => {});
      if (isOutOfReach(failure)) missed.push({ name, failure });
      else complain(`Not made: ${name}: ${failure}`), failed++;
      continue;
    }
    await printSize(output);
    names.push(name);
  }
  const [first] = missed;
  if (first) {
    complain(`Out of reach: ${missed.map(({ name }) => name).join(", ")} (${first.failure})`);
  }
  await writeSums(join(parts.root, "dist"), names);
  return { made: names.length, missed: missed.length, failed };
}

/** Runs `deno compile`; returns why it failed, in one line. */
async function compile(request: CompileRequest): Promise<string | undefined> {
  const env = Deno.env.toObject();
  if (request.target !== undefined && request.target !== Deno.build.target) delete env.DENORT_BIN;
  await Deno.mkdir(dirname(request.output), { recursive: true });
  const args = compileArgs(request);
  const options = { args, env, clearEnv: true, stdin: "null", stderr: "piped" } as const;
  const command = new Deno.Command(Deno.execPath(), options);
  const { code, stderr } = await command.output();
  return code === 0 ? undefined : failureOf(new TextDecoder().decode(stderr));
}

/** The one line of Deno's words that tells most: the cause that names an address, or the last, or the error itself. */
export function failureOf(stderr: string): string {
  // deno-lint-ignore no-control-regex
  const text = stderr.replace(/\x1b\[[0-9;]*m/g, "");
  const causes = (/^Caused by:\n((?: +.*\n?)+)/m.exec(text)?.[1] ?? "").trimEnd().split("\n")
    .map((line) => line.replace(/^ +(?:\d+: )?/, ""));
  const lines = text.split("\n").map((line) => line.trim());
  const error = lines.find((line) => line.startsWith("error:"))?.replace(/^error: */, "");
  return causes.find((cause) => cause.includes("://")) || causes.at(-1) || error ||
    lines.find((line) => line !== "") || "deno compile did not say why";
}

/** Whether that failure is Deno's runtime for another system that could not be downloaded. */
export function isOutOfReach(failure: string): boolean {
  return /:\/\/\S*\/denort-[\w-]+\.zip/.test(failure);
}

async function wrongFormat(output: string, { os, arch }: Target): Promise<string | undefined> {
  using file = await Deno.open(output);
  const head = new Uint8Array(20);
  await file.read(head);
  const format = formatOf(head);
  if (format?.os === os && format.arch === arch) return undefined;
  return `it is a program for ${format ? `${format.os} ${format.arch}` : "an unknown system"}`;
}

async function printSize(output: string): Promise<void> {
  const { size } = await Deno.stat(output);
  print(`${output}: ${(size / 1024 ** 2).toFixed(0)} MiB`);
}

if (import.meta.main) Deno.exit(await main());
