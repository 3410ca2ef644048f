/**
 * What each choice of scripts/compile.ts brings in size and in start-up time: cubic compiled as it is, and with one
 * choice made otherwise.
 *
 *     deno run -A tests/bench/startup/variants.ts
 */
import { join } from "node:path";
import { align, median } from "../transfer/table.ts";
import { demandTools, medianSeconds } from "./hyperfine.ts";
import { makeHomes } from "./homes.ts";
import { LINES } from "./lines.ts";
import { compileCubic, compileEmpty } from "./programs.ts";

type Arguments = readonly string[];

/** The entry point stands last, so a flag goes to the front. */
const VARIANTS: Readonly<Record<string, (args: Arguments) => Arguments>> = {
  "as it is": (args) => args,
  "with the code cache": (args) => args.filter((flag) => flag !== "--no-code-cache"),
  "--bundle": (args) => withFlags(args, "--bundle"),
  "--bundle --minify": (args) => withFlags(args, "--bundle", "--minify"),
  "all files of packages": withEveryFile,
  "and all packages": (args) =>
    withEveryFile(args).filter((flag) => flag !== "--exclude-unused-npm"),
};

const MEASURED = LINES.filter(({ name }) =>
  ["--version", "--help", "instances, 10"].includes(name)
);

/** All run in turns, so that a busy moment falls on all of them. */
const ROUNDS = 3;

if (import.meta.main) await main();

async function main(): Promise<void> {
  await demandTools();
  const directory = await Deno.makeTempDir({ prefix: "cubic-bench-" });
  try {
    const rows = await measureAll(directory, await compileAll(directory));
    const head = ["", "", "MiB", ...MEASURED.map(({ name }) => `${name} ms`)];
    await Deno.stdout.write(new TextEncoder().encode(align([head, ...rows])));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The programs by name. */
async function compileAll(directory: string): Promise<Map<string, string>> {
  const programs = new Map([["empty program", await compileEmpty(directory)]]);
  for (const [name, change] of Object.entries(VARIANTS)) {
    const output = join(directory, `cubic${programs.size}`);
    programs.set(name, await compileCubic(output, change));
  }
  return programs;
}

/** A row for each program. */
async function measureAll(
  directory: string,
  programs: ReadonlyMap<string, string>,
): Promise<string[][]> {
  await using homes = await makeHomes();
  const starts = [...programs].flatMap(([name, program]) =>
    MEASURED.map(({ words = [], home }) => {
      // The code cache is a file in the temporary directory, written once: by the first line that runs.
      const temporary = Deno.makeTempDirSync({ dir: directory });
      const env = { CUBIC_HOME: homes[home], TMPDIR: temporary };
      return { name, command: [program, ...words], env, times: [] as number[] };
    })
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const start of starts) start.times.push(1000 * await medianSeconds(start));
  }
  return await Promise.all([...programs].map(async ([name, program]) => [
    name,
    "",
    ((await Deno.stat(program)).size / 1024 ** 2).toFixed(0),
    ...starts.filter((start) => start.name === name).map(({ times }) => median(times).toFixed(0)),
  ]));
}

function withFlags([command = "", ...rest]: Arguments, ...flags: readonly string[]): Arguments {
  return [command, ...flags, ...rest];
}

/** As `deno compile` packs them. */
function withEveryFile(args: Arguments): Arguments {
  return args.filter((flag, index) => flag !== "--exclude" && args[index - 1] !== "--exclude");
}
