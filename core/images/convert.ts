/** qemu-img on image files: converting, measuring, checking. The format is always said, never guessed by QEMU. */
import { resolve } from "node:path";
import { CubicError } from "../errors.ts";
import type { Host, RunOptions, RunResult } from "../host.ts";
import { findProgram, installCommand } from "../programs.ts";
import type { Operation } from "../progress.ts";

/** A format images are read and written in. */
export type DiskFormat = "qcow2" | "raw";

/** What to convert into what. */
export interface Conversion {
  readonly from: string;
  readonly fromFormat: DiskFormat;
  /** A new file. */
  readonly to: string;
  readonly toFormat: DiskFormat;
  /** Packs the clusters of a qcow2 file with zlib. */
  readonly compress?: boolean;
  /** What errors and progress call it. */
  readonly label: string;
  /** Bytes of the disk, for the progress. */
  readonly size: number;
}

/**
 * Copies a disk into a file of another format; zeros take no room in it.
 * @throws CubicError "qemu-missing", "qemu-failed", "disk-full", "interrupted".
 */
export async function convertImage(
  host: Host,
  { from, fromFormat, to, toFormat, compress, label, size }: Conversion,
  { signal, report }: Operation,
): Promise<void> {
  const args = [
    ...["convert", "-p", "-f", fromFormat, "-O", toFormat],
    ...(compress ? ["-c"] : []),
    ...[resolve(from), resolve(to)],
  ];
  const onLine = (line: string): void => {
    const percent = percentOf(line);
    if (percent === undefined) return;
    report({ kind: "bytes", label, done: Math.round(size * percent / 100), total: size });
  };
  const result = await qemuImg(host, args, { signal, onLine });
  if (result.code !== 0) throw failure(`convert ${label}`, result);
}

/** What `qemu-img -p` says has been done, in percent; undefined for its other lines. */
export function percentOf(line: string): number | undefined {
  const [, number] = /^\s*\((\d+\.\d+)\/100%\)/.exec(line) ?? [];
  return number === undefined ? undefined : Number(number);
}

/**
 * The bytes that the disk in a qcow2 file needs in another format, without holes.
 * @throws CubicError "qemu-missing", "qemu-failed", "interrupted".
 */
export async function measureImage(
  host: Host,
  path: string,
  toFormat: DiskFormat,
  signal: AbortSignal,
): Promise<number> {
  const args = ["measure", "--output=json", "-f", "qcow2", "-O", toFormat, resolve(path)];
  const result = await qemuImg(host, args, { signal });
  if (result.code !== 0) throw failure(`read the image ${path}`, result);
  return (JSON.parse(result.stdout) as { required: number }).required;
}

/** What a check of a file's inner tables found. */
export type ImageCheck = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** The exit status of `qemu-img check` for clusters that are lost, but harm nobody. */
const LEAKS = 3;
/** Lines of a broken image's many worth showing. */
const LINES = 5;

/**
 * Checks the inner tables of a qcow2 file. Lost clusters are no problem; what the guest has written is not looked at.
 * @throws CubicError "qemu-missing", "interrupted".
 */
export async function checkImage(
  host: Host,
  path: string,
  signal?: AbortSignal,
): Promise<ImageCheck> {
  const args = ["check", "-q", "-f", "qcow2", resolve(path)];
  const { code, stdout, stderr } = await qemuImg(host, args, signal ? { signal } : {});
  if (code === 0 || code === LEAKS) return { ok: true };
  const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim()).filter(Boolean);
  return { ok: false, problem: lines.slice(0, LINES).join("\n") };
}

async function qemuImg(
  host: Host,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const program = await findProgram(host, "qemu-img");
  if (!program) {
    throw new CubicError("qemu-missing", "Cannot find qemu-img", {
      hint: `Install it with:\n  ${await installCommand(host, "qemu-img")}`,
    });
  }
  // Its words are read here, and shown to people who may have to look them up.
  return await host.run(program, args, { ...options, env: { LC_ALL: "C.UTF-8" } });
}

function failure(action: string, { stderr }: RunResult): CubicError {
  const full = /No space left/i.test(stderr);
  return new CubicError(
    full ? "disk-full" : "qemu-failed",
    `Cannot ${action}${full ? ": the disk is full" : ""}`,
    {
      details: stderr.trim(),
      ...(full && { hint: "Free some space (`df -h` shows where)." }),
    },
  );
}
