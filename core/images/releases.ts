/**
 * The releases a distribution offers, asked of its vendor once a day: lists are kept in `<cache>/releases/`, one file
 * a distro, so that a vendor who can't be reached spoils no other's list, and what was known is known offline.
 */
import { join } from "node:path";
import type { KnownDistro } from "../app.ts";
import { ensureDir, readTextIfThere, writeAtomic } from "../atomic.ts";
import { CubicError, describeFailure, interrupted, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { Release } from "../../plugins/contract.ts";
import { type FetchApp, messageOf } from "./fetch.ts";
import { distroContext } from "./resolve.ts";

/** The releases of a distro as far as they are known. */
export interface ReleaseList {
  readonly distro: KnownDistro;
  /** Newest first; empty when nothing is known. */
  readonly releases: readonly Release[];
  /** When the vendor was asked, in milliseconds since 1970; undefined when he never answered. */
  readonly fetched: number | undefined;
  /** Why the list could not be renewed although it should have been. */
  readonly failure: CubicError | undefined;
}

/** How current a list must be. */
export interface ReleaseOptions {
  /** Milliseconds a list may be old before the vendor is asked again; a day by default. */
  readonly maxAgeMs?: number;
  /** Milliseconds the vendor has to answer; 20 s by default. */
  readonly deadlineMs?: number;
}

/** Vendors publish releases a few times a year; a day is what apt and dnf keep lists for, too. */
const LIFETIME_MS = 24 * 3_600_000;
const DEADLINE_MS = 20_000;
/** The version of the file's format. */
const SCHEMA = 1;

/**
 * The releases of one distro. Never rejects because of the vendor: what went wrong is in `failure`.
 * @throws CubicError "interrupted"
 */
export async function releasesOf(
  app: FetchApp,
  distro: KnownDistro,
  { signal, report }: Operation,
  options: ReleaseOptions = {},
): Promise<ReleaseList> {
  const kept = await readList(app, distro);
  const age = kept ? app.host.now() - kept.fetched : Infinity;
  // A list from the future was written under a wrong clock.
  if (kept && age >= 0 && age < (options.maxAgeMs ?? LIFETIME_MS)) {
    return { distro, ...kept, failure: undefined };
  }
  try {
    const releases = await ask(app, distro, signal, options.deadlineMs ?? DEADLINE_MS);
    const list = { releases, fetched: app.host.now() };
    await writeList(app, distro, list).catch((error) =>
      report({ kind: "debug", text: `Cannot keep the releases: ${messageOf(error)}` })
    );
    return { distro, ...list, failure: undefined };
  } catch (error) {
    if (signal.aborted) throw interrupted();
    return {
      distro,
      releases: kept?.releases ?? [],
      fetched: kept?.fetched,
      failure: asFailure(distro, error),
    };
  }
}

/** The releases of all distros, asked at once: it takes as long as the slowest, or the deadline. */
export async function allReleases(
  app: FetchApp & { readonly distros: readonly KnownDistro[] },
  operation: Operation,
  options: ReleaseOptions = {},
): Promise<readonly ReleaseList[]> {
  return await Promise.all(
    app.distros.map((distro) => releasesOf(app, distro, operation, options)),
  );
}

/**
 * The releases to choose from. A list that could not be renewed is used with a warning.
 * @throws CubicError "network", "plugin-failed" … when nothing at all is known.
 */
export async function knownReleases(
  app: FetchApp,
  distro: KnownDistro,
  operation: Operation,
  options: ReleaseOptions = {},
): Promise<readonly Release[]> {
  const { releases, fetched, failure } = await releasesOf(app, distro, operation, options);
  if (failure && fetched === undefined) throw failure;
  if (failure) {
    const day = new Date(fetched ?? 0).toISOString().slice(0, 10);
    const text = `${failure.message}; using the releases of ${distro.title} known on ${day}`;
    operation.report({ kind: "warning", text });
  }
  return releases;
}

/** The releases that were known when the vendor was asked last, however long ago; empty when he never was. */
export async function rememberedReleases(
  app: FetchApp,
  distro: KnownDistro,
): Promise<readonly Release[]> {
  return (await readList(app, distro))?.releases ?? [];
}

async function ask(
  app: FetchApp,
  distro: KnownDistro,
  signal: AbortSignal,
  deadlineMs: number,
): Promise<readonly Release[]> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const context = distroContext(app, distro, AbortSignal.any([signal, deadline]));
  const late = Promise.withResolvers<never>();
  const onLate = (): void =>
    late.reject(
      new CubicError("network", `Cannot list ${distro.title}: no answer in ${deadlineMs / 1000} s`),
    );
  deadline.addEventListener("abort", onLate, { once: true });
  try {
    // A distro may hang where no signal reaches it.
    return await Promise.race([distro.releases(context), late.promise]);
  } finally {
    deadline.removeEventListener("abort", onLate);
  }
}

function asFailure(distro: KnownDistro, error: unknown): CubicError {
  if (isCubicError(error) && error.code !== "interrupted") return error;
  return describeFailure(`list the releases of ${distro.title}`, error);
}

interface KeptList {
  readonly releases: readonly Release[];
  readonly fetched: number;
}

/** What the list is of: another mirror or another plugin file gives another list. */
function sourceOf({ config }: FetchApp, distro: KnownDistro): string {
  return [config.mirror[distro.name] ?? distro.baseUrl, distro.added?.digest ?? ""].join(" ");
}

async function readList(app: FetchApp, distro: KnownDistro): Promise<KeptList | undefined> {
  try {
    const text = await readTextIfThere(listPath(app, distro));
    const { schema, source, fetched, releases } = Object(JSON.parse(text ?? "null"));
    const usable = schema === SCHEMA && source === sourceOf(app, distro) &&
      Number.isFinite(fetched) && Array.isArray(releases) && releases.every(isRelease);
    return usable ? { fetched, releases } : undefined;
  } catch {
    // A cache that can't be read is no cache.
    return undefined;
  }
}

function isRelease(value: unknown): value is Release {
  const { version, arches } = Object(value);
  return typeof version === "string" && Array.isArray(arches);
}

async function writeList(app: FetchApp, distro: KnownDistro, list: KeptList): Promise<void> {
  const path = listPath(app, distro);
  await ensureDir(join(path, ".."));
  const content = { schema: SCHEMA, source: sourceOf(app, distro), ...list };
  await writeAtomic(path, `${JSON.stringify(content)}\n`);
}

function listPath({ paths }: FetchApp, { name }: KnownDistro): string {
  return join(paths.cache, "releases", `${name}.json`);
}
