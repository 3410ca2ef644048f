/** One file of a guest from our standard input, or to our standard output. */
import { basename } from "node:path";
import { CubicError, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { guestFailure } from "./guest_failure.ts";
import { guardPart } from "./guest_guard.ts";
import { inspectGuestPath } from "./guest_path.ts";
import { orLost } from "./lost.ts";
import { partPath } from "./part_path.ts";
import { printable } from "./printable.ts";
import { ROUTES } from "./copy.ts";
import type { Route } from "./route.ts";
import { withStallLimit } from "./stall.ts";

/** What was copied. */
export interface StandardResult {
  readonly bytes: number;
  readonly route: Route["name"] | "stream";
  readonly target: string;
}

/** A device is written into; a file appears under its name when the second script has moved it there. */
const TAKE = `echo cubic-input; exec cat >"$1"`;
const FINISH = `[ -z "$3" ] || chmod "$3" "$1" && mv -f "$1" "$2"`;

/**
 * Copies all of a stream into a file of the guest, which has its old content until the stream has ended.
 * @throws CubicError "transfer-failed", "disk-full" or "interrupted".
 */
export async function copyInput(
  connection: SshConnection,
  path: string,
  input: AsyncIterable<Uint8Array>,
  operation: Operation,
): Promise<StandardResult> {
  const target = await inspectGuestPath(connection, path);
  if (target.kind === "directory") {
    throw new CubicError("usage", `Cannot copy to "${path}": it is a directory`, {
      hint: "Name a file: `cubic scp - web:name`",
    });
  }
  if (!target.parentExists) {
    throw guestFailure(path, "there is no such directory in the guest");
  }
  const part = target.replaceable ? partPath(target.path) : target.path;
  using _guard = part === target.path ? undefined : await guardPart(connection, part);
  try {
    const bytes = await send(connection, part, path, input, operation);
    const mode = target.kind === "file" ? target.mode.toString(8) : "";
    if (part !== target.path) await runQuietly(connection, [FINISH, part, target.path, mode], path);
    return { bytes, route: "stream", target: target.path };
  } catch (error) {
    if (part !== target.path) {
      await runQuietly(connection, [`rm -f "$1"`, part], path).catch(() => {});
    }
    throw operation.signal.aborted ? interrupted() : await orLost(connection, path, error);
  }
}

async function send(
  connection: SshConnection,
  part: string,
  path: string,
  input: AsyncIterable<Uint8Array>,
  { signal, report }: Operation,
): Promise<number> {
  const process = await connection.start(quoteCommand(["sh", "-c", TAKE, "sh", part]));
  const onAbort = (): void => process.close();
  signal.addEventListener("abort", onAbort, { once: true });
  const output = Promise.all([process.stdout.text(), process.stderr.text()]);
  let done = 0;
  try {
    for await (const bytes of untilAborted(input, signal)) {
      if (!await process.write(bytes)) break;
      done += bytes.length;
      report({ kind: "bytes", label: "-", done, total: undefined });
    }
    process.end();
    const [stdout, stderr] = await output;
    const status = await process.status;
    if (status.kind !== "code" || status.code !== 0 || !stdout.includes("cubic-input")) {
      throw guestFailure(path, printable(stderr) || "the guest ended it");
    }
    return done;
  } finally {
    signal.removeEventListener("abort", onAbort);
    process.close();
  }
}

/** The input until Ctrl-C, which must not wait for somebody to type more of it. */
async function* untilAborted(
  input: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});
  signal.addEventListener("abort", () => reject(interrupted()), { once: true });
  if (signal.aborted) reject(interrupted());
  const pieces = input[Symbol.asyncIterator]();
  while (true) {
    const piece = await Promise.race([aborted, pieces.next()]);
    if (piece.done) return;
    yield piece.value;
  }
}

async function runQuietly(
  connection: SshConnection,
  [script, ...args]: readonly [script: string, ...args: string[]],
  path: string,
): Promise<void> {
  const process = await connection.start(quoteCommand(["sh", "-c", script, "sh", ...args]));
  process.end();
  const [, stderr] = await Promise.all([process.stdout.text(), process.stderr.text()]);
  const status = await process.status;
  if (status.kind !== "code" || status.code !== 0) throw guestFailure(path, printable(stderr));
}

/**
 * Copies a file of the guest to whatever takes bytes.
 * @throws CubicError "file-not-found", "transfer-failed" or "interrupted".
 */
export async function copyOutput(
  connection: SshConnection,
  path: string,
  write: (bytes: Uint8Array) => Promise<void>,
  operation: Operation,
): Promise<StandardResult> {
  const source = await inspectGuestPath(connection, path);
  if (source.kind !== "file") {
    const missing = source.kind === "missing";
    const why = missing ? "there is no such file in the guest" : "it is not a regular file";
    const code = missing ? "file-not-found" : "transfer-failed";
    throw new CubicError(code, `Cannot copy "${printable(source.path)}": ${why}`);
  }
  const label = basename(source.path);
  const job = { path: source.path, sink: { write } };
  for (const route of ROUTES) {
    const result = await withStallLimit(
      operation,
      label,
      (op) => route.download(connection, job, op),
    ).catch(async (error) => Promise.reject(await orLost(connection, path, error)));
    if (result.kind === "done") return { bytes: result.bytes, route: route.name, target: "-" };
    operation.report({ kind: "debug", text: `${route.name} can't be used: ${result.reason}` });
  }
  throw new CubicError("transfer-failed", `Cannot copy "${label}": the guest offers no way to`);
}
