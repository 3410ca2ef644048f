/** Fetching what is missing with one connection, or with several when that is clearly faster. */
import { isCubicError } from "../../errors.ts";
import { ask } from "./ask.ts";
import { withConnection } from "./connection.ts";
import { Broken } from "./failures.ts";
import { GROWTH, type Growth, hasHelped, isWorthAnother } from "./growth.ts";
import { type Job, reportBytes } from "./job.ts";
import { fetchLead } from "./lead.ts";
import { frontierOf } from "./ranges.ts";
import { receive } from "./receive.ts";
import { giveBack, type Segment, segmentOf, takeSegment } from "./segment.ts";

/** The connections of one attempt. */
interface Crew {
  readonly job: Job;
  readonly growth: Growth;
  /** Who is at what. */
  readonly active: Set<Segment>;
  readonly helpers: Set<Promise<void>>;
  /** Ends the helpers. */
  readonly stop: AbortController;
  /** How many helpers may take another segment. */
  wanted: number;
  /** True once a helper was refused or broke off: what works is what there is. */
  full: boolean;
  growing: Promise<void> | undefined;
}

/**
 * One attempt: returns when nothing is missing.
 * @throws Broken and CubicError; what came is kept.
 */
export async function fetchMissing(job: Job): Promise<void> {
  const crew: Crew = {
    job,
    growth: job.patience.growth ?? GROWTH,
    active: new Set(),
    helpers: new Set(),
    stop: new AbortController(),
    wanted: 0,
    full: false,
    growing: undefined,
  };
  try {
    while (true) {
      const segment = nextSegment(crew);
      if (segment) await lead(crew, segment);
      // A helper that fails leaves something to do.
      else if (crew.helpers.size > 0) await Promise.race(crew.helpers);
      else return;
    }
  } finally {
    await dismiss(crew);
  }
}

/** What somebody without work can do; undefined when all of it is done or in good hands. */
function nextSegment({ job: { part }, active, growth }: Crew): Segment | undefined {
  const { total } = part.identity;
  if (total !== undefined) return takeSegment(part.ranges, total, active, growth.share);
  const start = frontierOf(part.ranges);
  return segmentOf({ start, end: Infinity });
}

async function lead(crew: Crew, segment: Segment): Promise<void> {
  const { job, active } = crew;
  active.add(segment);
  try {
    await withConnection(job, job.operation.signal, async (connection) => {
      await fetchLead(job, segment, connection, {
        // Without a map on the disk nobody may write ahead; one connection still works.
        welcome: () => void (crew.growing ??= grow(crew).catch(() => {})),
        dismiss: () => dismiss(crew),
      });
    });
  } finally {
    active.delete(segment);
  }
}

async function dismiss(crew: Crew): Promise<void> {
  crew.wanted = 0;
  crew.stop.abort();
  await Promise.all([...crew.helpers, crew.growing]);
}

/** Adds one connection after the other while the total rate grows clearly. */
async function grow(crew: Crew): Promise<void> {
  const { job: { part, connections }, growth } = crew;
  const limit = Math.min(connections, growth.connections);
  const rates: number[] = [];
  const missing = (): number => (part.identity.total ?? 0) - part.done;
  while (rates.length < limit && missing() >= growth.missing) {
    const rate = await measureRate(crew);
    if (rate === undefined || crew.full) return;
    rates.push(rate);
    if (!hasHelped(rates)) crew.wanted--;
    if (!isWorthAnother({ rates, missing: missing() }, { ...growth, connections: limit })) return;
    await part.keepMap();
    if (crew.stop.signal.aborted) return;
    crew.wanted++;
    const helper = help(crew).finally(() => crew.helpers.delete(helper));
    crew.helpers.add(helper);
  }
}

/** Bytes a second, once the last connection had time to get going; undefined when the attempt has ended. */
async function measureRate({ job, growth, stop }: Crew): Promise<number | undefined> {
  const { host, part, operation } = job;
  const signal = AbortSignal.any([operation.signal, stop.signal]);
  try {
    await host.sleep(growth.sampleMs, signal);
    const [before, since] = [part.done, performance.now()];
    await host.sleep(growth.sampleMs, signal);
    return (part.done - before) * 1000 / (performance.now() - since);
  } catch {
    return undefined;
  }
}

/** Fetches segments until there are none; whatever goes wrong, the lead fetches the rest. */
async function help(crew: Crew): Promise<void> {
  const { job, active, helpers } = crew;
  try {
    for (let segment; helpers.size <= crew.wanted && (segment = nextSegment(crew));) {
      active.add(segment);
      try {
        await fetchSegment(crew, segment);
      } finally {
        active.delete(segment);
        giveBack(segment, active);
      }
    }
  } catch (error) {
    if (crew.stop.signal.aborted) return;
    crew.full = true;
    crew.wanted = Math.min(crew.wanted, helpers.size - 1);
    const why = isCubicError(error) || error instanceof Broken ? error.message : String(error);
    const text = `${job.request.label}: another connection failed, going on without: ${why}`;
    job.operation.report({ kind: "debug", text });
  }
}

async function fetchSegment({ job, stop }: Crew, segment: Segment): Promise<void> {
  const { part, operation } = job;
  const signal = AbortSignal.any([operation.signal, stop.signal]);
  await withConnection(job, signal, async ({ watch, signal }) => {
    const { answer, response } = await watch.waiting(ask(job, segment, signal));
    try {
      // All of the file instead of the part: it has changed, or another server has another one.
      if (answer.kind !== "body" || answer.from !== segment.start) {
        throw new Broken(answer.kind === "useless" ? answer.reason : "the server sent no part");
      }
      await receive(response.body, {
        part,
        segment,
        from: answer.from,
        watch,
        onWritten: () => reportBytes(job),
      });
      if (segment.next < segment.end) throw new Broken("the connection ended early");
    } finally {
      await response.body?.cancel().catch(() => {});
    }
  });
}
