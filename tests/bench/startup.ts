/**
 * `deno task bench:startup`: how long cubic takes to start, beside a compiled program that does nothing, and how that
 * compares with the demands of issues 5 and 6. docs/performance.md tells what it needs.
 */
import { judge, summaryText } from "./startup/demands.ts";
import { demandTools, medianSeconds } from "./startup/hyperfine.ts";
import { makeHomes } from "./startup/homes.ts";
import { LINES, tableText } from "./startup/lines.ts";
import { compileEmpty, cubicProgram } from "./startup/programs.ts";
import { measure } from "./transfer/measure.ts";

/** The lines run in turns, so that a busy moment falls on all of them. */
const ROUNDS = 5;

if (import.meta.main) await main();

async function main(): Promise<void> {
  await demandTools();
  const directory = await Deno.makeTempDir({ prefix: "cubic-bench-" });
  try {
    await using homes = await makeHomes();
    const empty = await compileEmpty(directory);
    const cubic = await cubicProgram(directory);
    const { size } = await Deno.stat(cubic);
    await print(`${(size / 1024 ** 2).toFixed(0)} MiB, Deno ${Deno.version.deno}\n\n`);
    const figures = LINES.map((line) => ({ line, milliseconds: [] as number[], memory: 0 }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const figure of figures) {
        const { name, words, home } = figure.line;
        const command = words === undefined ? [empty] : [cubic, ...words];
        const run = { name, command, env: { CUBIC_HOME: homes[home] } };
        figure.milliseconds.push(1000 * await medianSeconds(run));
        figure.memory = Math.max(figure.memory, (await measure(run)).memory);
      }
    }
    await print(`${tableText(figures)}\n${summaryText(judge(figures))}`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
