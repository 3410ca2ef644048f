/**
 * Fetching one large file to disk: hashed while it streams, resumed where it broke off (RFC 9110, sections 13.1.5 and
 * 14), tried again when the line drops or goes silent, by several connections where that is faster. What comes out has
 * the digest it must have.
 */
import { dirname } from "node:path";
import { ensureDir } from "../atomic.ts";
import { describeFailure, interrupted } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Operation } from "../progress.ts";
import { fetchMissing } from "./download/crew.ts";
import { Broken, gaveUp, RangeRefused, wrongDigest } from "./download/failures.ts";
import { GROWTH } from "./download/growth.ts";
import type { Job } from "./download/job.ts";
import { openPart, type Part } from "./download/part.ts";
import type { Download, Patience } from "./download/request.ts";
import { forgetIdentity } from "./partial.ts";

export type { Download, Patience } from "./download/request.ts";

/** For real networks. */
export const PATIENCE: Patience = {
  stallMs: 30_000,
  attempts: 5,
  backoffMs: 1000,
  minimumRate: 1024,
  growth: GROWTH,
};

/** An attempt that brings a hundredth of the file, or this many bytes, was worth it. */
const WORTH = 1024 * 1024;

/**
 * Fetches the file to `partial` and verifies it. A broken-off partial stays for the next time, a wrong one
 * is deleted.
 * @throws CubicError "network", "image-not-found" (the server has no such file), "image-corrupt" (the digest is
 * wrong), "disk-full", "interrupted".
 */
export async function download(
  host: Host,
  request: Download,
  operation: Operation,
  patience: Patience = PATIENCE,
): Promise<void> {
  const { label, partial, checksum } = request;
  try {
    await ensureDir(dirname(partial));
    await using part = await openPart(request, operation.signal);
    const connections = (patience.growth ?? GROWTH).connections;
    const job: Job = { host, request, operation, patience, part, ranges: true, connections };
    const pieced = part.done > 0;
    if (await fetchAll(job) === checksum.digest) return await finish(part, partial);
    if (!pieced && part.contiguous) await refuse(job);
    // The pieces may be of two files: once more from the start, in one go, before blaming the server.
    const text = `The partial download of ${label} did not fit; starting over`;
    operation.report({ kind: "warning", text });
    await part.restart();
    if (await fetchAll({ ...job, connections: 1 }) !== checksum.digest) await refuse(job);
    await finish(part, partial);
  } catch (error) {
    if (operation.signal.aborted) throw interrupted();
    throw describeFailure(`download ${label}`, error);
  }
}

/** The file is whole and right: what an earlier try wrote beyond its end goes, and what was known of the part. */
async function finish(part: Part, partial: string): Promise<void> {
  await Deno.truncate(partial, part.done);
  await forgetIdentity(partial);
}

async function refuse({ part, request }: Job): Promise<never> {
  const digest = await part.digest();
  await part.restart();
  throw wrongDigest(request, digest);
}

/** Repeats attempts until the file is whole; returns its digest. */
async function fetchAll(job: Job): Promise<string> {
  const { host, request, operation, patience, part } = job;
  let failures = 0;
  while (true) {
    const before = part.done;
    try {
      await fetchMissing(job);
      return await part.digest();
    } catch (error) {
      if (operation.signal.aborted || !(error instanceof Broken)) throw error;
      const worth = Math.min(WORTH, (part.identity.total ?? Infinity) / 100);
      failures = part.done - before >= worth ? 1 : failures + 1;
      if (failures >= patience.attempts) throw gaveUp(request, part.done, error);
      job.ranges = !(error instanceof RangeRefused);
      operation.report({ kind: "debug", text: `${request.label}: ${error.message}; trying again` });
      // Half of the wait is chance, so that many clients of a restarted server do not come back at once.
      const wait = patience.backoffMs * 2 ** (failures - 1) * (0.5 + Math.random() / 2);
      await host.sleep(Math.max(wait, error.retryAfterMs), operation.signal);
    }
  }
}
