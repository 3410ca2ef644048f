/** The connection that every download has: it decides what the server's file is. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { requireSpace } from "../space.ts";
import type { Answer } from "./answer.ts";
import { ask } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { Broken, endless, RangeRefused, webPage, wrongSize } from "./failures.ts";
import { type Job, reportBytes } from "./job.ts";
import { frontierOf } from "./ranges.ts";
import { receive } from "./receive.ts";
import type { Segment } from "./segment.ts";

/** A body whose length nobody told may be this long, in bytes … */
const LONGEST = 64 * 1024 ** 3;
/** … and leaves this much of the disk to others. */
const KEPT_FREE = 256 * 1024 ** 2;

/** What else is going on while the lead fetches. */
export interface Others {
  /** Further connections may be opened now. */
  readonly welcome: () => void;
  /** They must end, and have ended when this returns. */
  readonly dismiss: () => Promise<void>;
}

type Body = Extract<Answer, { readonly kind: "body" }>;

/**
 * Fetches a segment, or finds that the server has another file now and starts over with all of it.
 * @throws Broken, CubicError, and errors of the network
 */
export async function fetchLead(
  job: Job,
  segment: Segment,
  { watch, signal }: Connection,
  others: Others,
): Promise<void> {
  const { part } = job;
  const { total, validator } = part.identity;
  const inParts = job.ranges && validator !== undefined && part.done > 0;
  const end = total !== undefined && segment.end < total ? segment.end : undefined;
  const asked = inParts ? { start: segment.start, end } : undefined;
  const { answer, response } = await watch.waiting(ask(job, asked, signal));
  try {
    if (answer.kind === "useless") throw new RangeRefused(answer.reason);
    if (answer.kind === "page") throw webPage(job.request);
    if (answer.kind === "complete") return await takeAsWhole(job);
    // All of the file, or another one: nobody else is needed.
    const another = !answer.same && part.done > 0;
    if (another || answer.from !== segment.start) await others.dismiss();
    await accept(job, answer, segment);
    if (answer.ranges && job.ranges) others.welcome();
    const before = part.done;
    await receive(response.body, {
      part,
      segment,
      from: answer.from,
      watch,
      onWritten: () => reportBytes(job),
    });
    await requireEnd(job, segment, part.done > before);
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

/** Settles which file this is, and where the body belongs. */
async function accept(
  { part, request, patience }: Job,
  answer: Body,
  segment: Segment,
): Promise<void> {
  const { size, partial, label } = request;
  const total = answer.identity.total ?? size;
  if (size !== undefined && total !== size) throw wrongSize(request, size, total ?? 0);
  if (!answer.same) await part.restart();
  await requireSpace(dirname(partial), (total ?? 0) - part.done, `download ${label}`);
  await part.identify({ validator: answer.identity.validator, total });
  if (answer.from !== segment.start) segment.start = segment.next = frontierOf(part.ranges);
  if (total === undefined) segment.end = segment.next + await room(partial, patience.longest);
  else if (answer.from === 0) segment.end = total;
  segment.asked = segment.end;
}

async function room(partial: string, longest = LONGEST): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(partial));
  return Math.min(longest, Math.max(bavail * bsize - KEPT_FREE, 0));
}

/** The server has nothing after what is there; only the digest can say that it is right. */
async function takeAsWhole({ part, request }: Job): Promise<void> {
  if (part.ranges.length > 1 || await part.digest() !== request.checksum.digest) {
    throw new RangeRefused("the server says that its file is shorter than what came");
  }
  await part.identify({ ...part.identity, total: part.done });
}

async function requireEnd(job: Job, segment: Segment, progressed: boolean): Promise<void> {
  const { part, request } = job;
  const { total, validator } = part.identity;
  if (total !== undefined) {
    if (segment.next >= segment.end) return;
    throw new Broken(`the connection ended after ${part.done} of ${total} bytes`);
  }
  if (segment.next >= segment.end) return await refuseMore(job);
  // Without a length a cut looks like an end. The digest knows; so does the server when it is asked for more.
  const whole = await part.digest() === request.checksum.digest;
  if (!whole && progressed && validator !== undefined) {
    throw new Broken(`the connection ended after ${part.done} bytes`);
  }
  await part.identify({ validator, total: part.done });
}

/** More came of a body without a length than it may have: by itself, or by what the disk has left. */
async function refuseMore({ part, request, patience }: Job): Promise<never> {
  const { longest = LONGEST } = patience;
  if (part.done >= longest) {
    await part.restart();
    throw endless(request, longest);
  }
  await requireSpace(dirname(request.partial), KEPT_FREE + 1, `download ${request.label}`);
  throw new Broken("the disk was full for a moment");
}
