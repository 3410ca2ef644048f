/** `cubic upgrade`: another version in place of the program that install.sh installed, verified, in one step. */
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, syncPath } from "../atomic.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import type { Patience } from "../images/download.ts";
import { acquireLock } from "../lock.ts";
import type { Operation } from "../progress.ts";
import { type Receipt, receiptOf, writeReceipt } from "./receipt.ts";
import { findRelease, type Release } from "./release.ts";
import { compareVersions } from "./version.ts";

/** What to upgrade, and to what. */
export interface UpgradeRequest {
  /** The program that runs; undefined when it runs from its sources. */
  readonly program: string | undefined;
  /** Its version. */
  readonly current: string;
  /** Undefined for the newest one. */
  readonly version?: string | undefined;
  /** Only look. */
  readonly check: boolean;
}

/** What was found, and done. */
export interface Upgrade {
  readonly program: string;
  readonly current: string;
  /** The version that was asked for, or the newest one. */
  readonly target: string;
  /** It is one to go to: newer, or the other one that was asked for. */
  readonly available: boolean;
  readonly upgraded: boolean;
}

type UpgradeApp = Pick<App, "host" | "paths">;

/**
 * Looks for another version and, unless it is only to look, puts it in place. A program that runs is no obstacle: it
 * keeps the file it was started from.
 * @throws CubicError "failed" when install.sh did not install the program, or what came is not what was published;
 * "network", "disk-full", "locked", "interrupted".
 */
export async function upgrade(
  app: UpgradeApp,
  { program, current, version, check }: UpgradeRequest,
  operation: Operation,
  patience?: Patience,
): Promise<Upgrade> {
  const receipt = await requireReceipt(app, program);
  operation.report({ kind: "step", text: `Asking ${new URL(receipt.releases).host}` });
  const release = await findRelease(app.host, receipt.releases, version, operation.signal);
  const difference = compareVersions(release.version, current);
  const available = version === undefined ? difference > 0 : difference !== 0;
  const found = { program: receipt.program, current, target: release.version, available };
  if (check || !available) return { ...found, upgraded: false };
  await using _lock = await acquireLock(app.paths, "upgrade", {
    purpose: "upgrade",
    subject: "the program",
  });
  await replace(app, receipt, release, operation, patience);
  return { ...found, upgraded: true };
}

async function requireReceipt(
  { host }: UpgradeApp,
  program: string | undefined,
): Promise<Receipt> {
  if (program === undefined) {
    throw new CubicError("failed", "Cannot upgrade: cubic runs from its sources", {
      hint: "Update them instead, with git pull.",
    });
  }
  const receipt = await receiptOf(host, program);
  if (receipt) return receipt;
  throw new CubicError("failed", `Cannot upgrade ${program}: install.sh did not install it`, {
    hint: otherWay(program),
  });
}

/** How to get another version of a program that somebody else put there. */
function otherWay(program: string): string {
  if (/\/(Cellar|homebrew|linuxbrew)\//i.test(program)) return "Type: brew upgrade cubic";
  if (program.startsWith("/usr/bin/")) return "Type: sudo apt-get install --only-upgrade cubic";
  return "Download the new version from where this one is from, or use install.sh.";
}

/** Downloads beside the old program and renames over it: at any moment there is a whole one. */
async function replace(
  { host }: UpgradeApp,
  receipt: Receipt,
  release: Release,
  operation: Operation,
  patience: Patience | undefined,
): Promise<void> {
  const { download, PATIENCE } = await import("../images/download.ts");
  const directory = dirname(receipt.program);
  const partial = join(directory, `.cubic-${release.digest.slice(0, 16)}.part`);
  const checksum = { algorithm: "sha256", digest: release.digest } as const;
  const request = { url: release.url, checksum, label: release.file, partial };
  await download(host, request, operation, patience ?? PATIENCE).catch((error) => {
    throw ofProgram(error, release);
  });
  try {
    await Deno.chmod(partial, 0o755);
    await syncPath(partial);
    const { code } = await host.run(partial, ["--version"], { signal: operation.signal });
    if (code !== 0) {
      throw new CubicError("failed", `Cannot use ${release.file}: it does not run here`);
    }
    await Deno.rename(partial, receipt.program);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw describeFailure(`put ${release.file} in place of ${receipt.program}`, error);
  }
  await syncPath(directory);
  await sweepPartials(directory);
  await writeReceipt(host, { ...receipt, version: release.version });
}

/** Removes what downloads left, also those of versions that nobody asks for any more. */
async function sweepPartials(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (/^\.cubic-[0-9a-f]{16}\.part/.test(name)) await removeIfThere(join(directory, name));
  }
}

/** The downloader speaks of images and vendors. */
function ofProgram(error: unknown, { file }: Release): unknown {
  if (isCubicError(error, "image-corrupt")) {
    return new CubicError("failed", `Refused ${file}: it is not what was published`, {
      hint:
        "The old version is still there. Try again; if it stays so, the file was tampered with " +
        "or the server is broken.",
      ...(error.details !== undefined && { details: error.details }),
      cause: error,
    });
  }
  if (!isCubicError(error, "image-not-found")) return error;
  return new CubicError("failed", `Cannot find ${file}: the release has no such file`, {
    hint: "The release may be under way; try again in a while.",
    cause: error,
  });
}
