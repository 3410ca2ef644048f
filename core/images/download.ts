/**
 * Fetching one large file to disk: hashed while it streams, resumed where it broke off (RFC 9110, sections 13.1.5 and
 * 14), tried again when the line drops or goes silent. What comes out has the digest it must have.
 */
import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { ensureDir, statIfThere } from "../atomic.ts";
import { CubicError, describeFailure, interrupted, isCubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Operation } from "../progress.ts";
import type { Checksum } from "../../plugins/contract.ts";
import { readChunks } from "./digest.ts";
import { discardPartial, forgetValidator, readValidator, writeValidator } from "./partial.ts";
import { requireSpace } from "./space.ts";

/** What to fetch, and where to. */
export interface Download {
  readonly url: string;
  readonly checksum: Checksum;
  /** What it is called in progress and errors. */
  readonly label: string;
  /** The partial file; one that is there is continued. Its name should tell the digest. */
  readonly partial: string;
  /** Throws for a URL the transfer must not be led to by a redirect. */
  readonly allow?: ((url: string) => void) | undefined;
}

/** How patient to be; tests are not. */
export interface Patience {
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly stallMs: number;
  /** Attempts in a row that may bring nothing. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly backoffMs: number;
}

/** For real networks. */
export const PATIENCE: Patience = { stallMs: 30_000, attempts: 5, backoffMs: 1000 };

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
  await ensureDir(dirname(request.partial));
  const resumed = (await statIfThere(request.partial))?.size ?? 0;
  const digest = await fetchAll(host, request, operation, patience);
  if (digest === request.checksum.digest) return await forgetValidator(request.partial);
  await discardPartial(request.partial);
  if (resumed === 0) throw wrongDigest(request, digest);
  // The part from last time may be of another file: once more from the start, before blaming the server.
  operation.report({
    kind: "warning",
    text: `The partial download of ${request.label} did not fit; starting over`,
  });
  const again = await fetchAll(host, request, operation, patience);
  if (again === request.checksum.digest) return await forgetValidator(request.partial);
  await discardPartial(request.partial);
  throw wrongDigest(request, again);
}

/** Repeats attempts until the file is whole; returns its digest. */
async function fetchAll(
  host: Host,
  request: Download,
  operation: Operation,
  patience: Patience,
): Promise<string> {
  const state: State = { hash: createHash(request.checksum.algorithm), done: 0, total: undefined };
  await adoptPartial(request, state, operation.signal);
  let failures = 0;
  while (true) {
    const before = state.done;
    try {
      await attempt(host, request, state, operation, patience);
      return state.hash.digest("hex");
    } catch (error) {
      if (operation.signal.aborted) throw interrupted();
      if (!(error instanceof Broken)) throw describeFailure(`download ${request.label}`, error);
      failures = state.done > before ? 1 : failures + 1;
      if (failures >= patience.attempts) throw gaveUp(request, state, error);
      // Half of the wait is chance, so that many clients of a restarted server do not come back at once.
      const wait = patience.backoffMs * 2 ** (failures - 1) * (0.5 + Math.random() / 2);
      operation.report({ kind: "debug", text: `${request.label}: ${error.message}; trying again` });
      await host.sleep(wait, operation.signal);
    }
  }
}

interface State {
  hash: Hash;
  done: number;
  total: number | undefined;
}

/** The attempt failed in a way the next one may not. */
class Broken extends Error {}

async function adoptPartial(request: Download, state: State, signal: AbortSignal): Promise<void> {
  const size = (await statIfThere(request.partial))?.size ?? 0;
  const validator = await readValidator(request.partial);
  if (size === 0 || validator === undefined) return;
  await readChunks(request.partial, (chunk) => state.hash.update(chunk), { signal });
  state.done = size;
}

async function attempt(
  host: Host,
  request: Download,
  state: State,
  operation: Operation,
  patience: Patience,
): Promise<void> {
  const dead = new AbortController();
  const alarm = stallAlarm(dead, patience.stallMs);
  try {
    const response = await connect(
      host,
      request,
      state,
      AbortSignal.any([operation.signal, dead.signal]),
    );
    if (response === "complete") return;
    await receive(request, state, response, operation, alarm);
  } catch (error) {
    if (isCubicError(error) || error instanceof Broken || isDiskError(error)) throw error;
    const reason = dead.signal.aborted
      ? `nothing came for ${Math.round(patience.stallMs / 100) / 10} s`
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Broken(reason, { cause: error });
  } finally {
    alarm.stop();
  }
}

/** Asks for what is missing; "complete" when nothing is. */
async function connect(
  host: Host,
  request: Download,
  state: State,
  signal: AbortSignal,
): Promise<Response | "complete"> {
  const validator = await readValidator(request.partial);
  if (validator === undefined) restart(request, state);
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (state.done > 0 && validator !== undefined) {
    headers["range"] = `bytes=${state.done}-`;
    // A server whose file has changed answers with all of it instead (RFC 9110, 13.1.5).
    headers["if-range"] = validator;
  }
  const response = await host.fetch(request.url, { headers, signal });
  request.allow?.(response.url || request.url);
  if (response.status === 416 && state.done > 0) {
    await response.body?.cancel();
    const total = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (Number(total) === state.done) return "complete";
    restart(request, state);
    await forgetValidator(request.partial);
    throw new Broken("the server's file is another one now");
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel();
    throw badStatus(request, response.status);
  }
  await place(request, state, response);
  return response;
}

/** Works out where the body belongs and how long the whole is. */
async function place(request: Download, state: State, response: Response): Promise<void> {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  if (response.status === 206) {
    if (Number(range?.[1] ?? NaN) !== state.done) {
      await response.body?.cancel();
      restart(request, state);
      await forgetValidator(request.partial);
      throw new Broken("the server sent another part than was asked for");
    }
    state.total = range?.[2] === undefined || range[2] === "*" ? undefined : Number(range[2]);
  } else {
    restart(request, state);
    const length = response.headers.get("content-length");
    state.total = length === null ? undefined : Number(length);
  }
  await writeValidator(request.partial, response.headers);
  const missing = (state.total ?? 0) - state.done;
  await requireSpace(dirname(request.partial), missing, `download ${request.label}`);
}

async function receive(
  request: Download,
  state: State,
  response: Response,
  { report }: Operation,
  alarm: Alarm,
): Promise<void> {
  using file = await Deno.open(request.partial, { create: true, write: true, mode: 0o600 });
  await file.truncate(state.done);
  await file.seek(state.done, Deno.SeekMode.Start);
  const { label } = request;
  for await (const chunk of response.body ?? []) {
    alarm.reset();
    if (state.total !== undefined && state.done + chunk.length > state.total) {
      throw new Broken("the server sent more than it announced");
    }
    await writeAll(file, chunk);
    state.hash.update(chunk);
    state.done += chunk.length;
    report({ kind: "bytes", label, done: state.done, total: state.total });
  }
  if (state.total !== undefined && state.done < state.total) {
    throw new Broken(`the connection ended after ${state.done} of ${state.total} bytes`);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

interface Alarm {
  reset(): void;
  stop(): void;
}

function stallAlarm(dead: AbortController, ms: number): Alarm {
  let timer = setTimeout(() => dead.abort(), ms);
  return {
    reset() {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), ms);
    },
    stop: () => clearTimeout(timer),
  };
}

function restart(request: Download, state: State): void {
  state.hash = createHash(request.checksum.algorithm);
  state.done = 0;
  state.total = undefined;
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && /ENOSPC|No space left|os error 28|EIO/i.test(error.message);
}

function badStatus(request: Download, status: number): Error {
  const text = `the server answered ${status}`;
  if (status >= 500 || status === 408 || status === 429) return new Broken(text);
  const gone = status === 404 || status === 410;
  return new CubicError(
    gone ? "image-not-found" : "network",
    `Cannot download ${request.label}: ${text} for ${request.url}`,
    {
      hint: gone
        ? "The vendor may have replaced it at this moment; try again in a while."
        : "Check the mirror and any proxy in between.",
    },
  );
}

function gaveUp(request: Download, state: State, error: Broken): CubicError {
  const kept = state.done > 0 ? " What has come is kept: the same command goes on from there." : "";
  return new CubicError("network", `Cannot download ${request.label}: ${error.message}`, {
    hint: `Check the network and try again.${kept}`,
    details: request.url,
    cause: error,
  });
}

function wrongDigest({ label, url, checksum }: Download, digest: string): CubicError {
  return new CubicError(
    "image-corrupt",
    `Cannot use ${label}: what came is not what was announced`,
    {
      hint: "It was deleted. Try again; if it stays so, use another mirror and tell the vendor.",
      details: `${url}\n${checksum.algorithm} must be ${checksum.digest}\n${
        " ".repeat(checksum.algorithm.length)
      }      but is ${digest}`,
    },
  );
}
