/** Programs that copy the same, run in turns. */
import type { Contender } from "./contenders.ts";
import { type Cost, countSyscalls, measure } from "./measure.ts";
import type { CaseReport } from "./table.ts";

/** What to compare. */
export interface Trial extends Omit<CaseReport, "lines"> {
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** The syscalls of peers are not counted where strace would make them take minutes. */
  readonly countPeers?: boolean;
  /** Makes room before each copy. */
  readonly reset: (contender: Contender) => Promise<void>;
  /** Throws unless all of it arrived. */
  readonly check: (contender: Contender) => Promise<void>;
}

/**
 * Runs every contender in turns, so that a busy minute of the machine falls on everybody. A round before the others
 * counts syscalls and is not timed; it warms the caches.
 */
export async function runTrial(trial: Trial): Promise<CaseReport> {
  const { contenders, rounds, countPeers = true, reset, check, ...report } = trial;
  const lines = contenders.map((one): Counted => ({ ...one, costs: [], syscalls: NaN }));
  for (let round = 0; round <= rounds; round++) {
    say(`${report.name}: round ${round} of ${rounds}`);
    for (const line of lines.filter(({ ours }) => round > 0 || ours || countPeers)) {
      await reset(line);
      if (round === 0) line.syscalls = await countSyscalls(line);
      else line.costs.push(await measure(line));
      await check(line).catch((error) => {
        throw new Error(`${line.name} ${line.way}: ${error.message}`, { cause: error });
      });
    }
  }
  return { ...report, lines };
}

/** A line while it is counted. */
interface Counted extends Contender {
  readonly costs: Cost[];
  syscalls: number;
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
