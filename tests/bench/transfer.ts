/**
 * `deno task bench:transfer`: how fast `cubic scp` copies, beside OpenSSH's scp and sftp, rsync and tar over ssh, as
 * medians and as ratios of the same round, and how that compares with the demands of issue 4. It asserts nothing but
 * that every copy is equal; the figures depend on the machine. docs/performance.md has the settings.
 */
import { cpus } from "node:os";
import { guestCase } from "./transfer/guest_case.ts";
import {
  fileCase,
  type LoopbackCase,
  sparseCase,
  startCase,
  treeCase,
} from "./transfer/loopback_cases.ts";
import { cubicCommand } from "./transfer/contenders.ts";
import { judge, summaryText } from "./transfer/demands.ts";
import { demandTools, outputOf } from "./transfer/measure.ts";
import { startLoopback } from "./transfer/server.ts";
import { type Case, readSettings, type Settings } from "./transfer/settings.ts";
import { type CaseReport, tableText } from "./transfer/table.ts";

const LOOPBACK: Readonly<Record<Exclude<Case, "guest">, LoopbackCase>> = {
  start: startCase,
  file: fileCase,
  tree: treeCase,
  sparse: sparseCase,
};

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  try {
    await demandTools();
    return await run(readSettings((name) => Deno.env.get(name)));
  } catch (error) {
    await print(`${messageOf(error)}\n`);
    return 2;
  }
}

/** Measures all cases; 1 when one failed. */
async function run(settings: Settings): Promise<number> {
  await print(await describeMachine());
  const reports: CaseReport[] = [];
  const failed: Case[] = [];
  for (const name of settings.cases) {
    try {
      for (const report of await runCase(name, settings)) {
        reports.push(report);
        await print(`\n${tableText(report)}`);
      }
    } catch (error) {
      // The other cases are still worth their figures.
      failed.push(name);
      await print(`\n${name} failed: ${messageOf(error)}\n`);
    }
  }
  await print(`\n${summaryText(judge(reports, failed))}`);
  return failed.length > 0 ? 1 : 0;
}

async function runCase(name: Case, settings: Settings): Promise<CaseReport[]> {
  if (name !== "guest") {
    await using loopback = await startLoopback();
    return [await LOOPBACK[name](loopback, settings)];
  }
  if (settings.guest !== undefined) return await guestCase(settings.guest, settings);
  await print("\nguest left out: CUBIC_BENCH_GUEST=1 boots one, which takes minutes\n");
  return [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the figures depend on. */
async function describeMachine(): Promise<string> {
  const [rsync] = (await outputOf("rsync", "--version")).split(" protocol");
  const processors = cpus();
  return [
    `${processors.length} x ${processors[0]?.model ?? Deno.build.arch}, ${Deno.osRelease()}`,
    `cubic ${
      cubicCommand().length === 1 ? "compiled" : "from the source"
    }, Deno ${Deno.version.deno}`,
    `${(await outputOf("ssh", "-V")).trim()}; ${rsync?.replace(/\s+/g, " ").trim()}`,
    "",
  ].join("\n");
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
