/**
 * The conformance suite: asks a distro for everything it has, and checks every answer against the contract. Built-in
 * distros and those that users add go through the same checks.
 */
import type { Distro, DistroContext, Release, RemoteImage } from "./contract.ts";
import {
  ambiguousWords,
  misplaced,
  oddFileName,
  type Places,
  placesOf,
  strayReason,
  strayUrls,
} from "./conformance/rules.ts";
import { validateDistroValue, validateReleases, validateRemoteImage } from "./conformance/shape.ts";

export * from "./conformance/shape.ts";

/** What one check found. */
export interface ConformanceCheck {
  /** What was checked, unique in its report: "image 12 amd64: file name". */
  readonly name: string;
  readonly ok: boolean;
  /** What is wrong, or what was found; it may hold a stranger's text. */
  readonly detail: string;
}

/** What all checks of a distro found. */
export interface ConformanceReport {
  /** True when every check is. */
  readonly ok: boolean;
  readonly checks: readonly ConformanceCheck[];
}

/** How strict and how patient to be. */
export interface ConformanceOptions {
  /** Plain http to this machine is fine; false by default. */
  readonly allowLoopback?: boolean;
  /** Milliseconds each call may take; 20 s by default. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 20_000;

/** Runs every check. Never rejects because of the distro: its errors are failed checks with its message. */
export async function checkDistro(
  distro: Distro,
  ctx: DistroContext,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const { allowLoopback = false, deadlineMs = DEADLINE_MS } = options;
  const facts = await attempt("distro", deadlineMs, () => validateDistroValue(distro));
  const able = await attempt("functions", deadlineMs, () => requireFunctions(distro));
  if (!facts.value || !able.value) return reportOf([facts.check, able.check]);

  const places = placesOf(facts.value, ctx, allowLoopback);
  const { context, strayed } = watched(ctx, places);
  const suite: Suite = { distro, context, places, deadlineMs };
  const checks = [facts.check, able.check, asCheck("base URL", strayBase(places))];
  checks.push(...await checkReleases(suite));
  checks.push(asCheck("fetches", strayed(), "it fetches from its declared hosts alone"));
  return reportOf(checks);
}

interface Suite {
  readonly distro: Distro;
  readonly context: DistroContext;
  readonly places: Places;
  readonly deadlineMs: number;
}

async function checkReleases(suite: Suite): Promise<readonly ConformanceCheck[]> {
  const { distro, context, deadlineMs } = suite;
  const ask = async (): Promise<readonly Release[]> =>
    validateReleases(await distro.releases(context));
  const { value: releases, check } = await attempt("releases", deadlineMs, ask);
  if (!releases) return [check];
  const again = await attempt("releases again", deadlineMs, ask);
  const checks = [
    check,
    asCheck("releases: there are some", releases.length > 0 ? [] : ["it offers no release"]),
    asCheck("releases: words", ambiguousWords(releases), "each stands for one release"),
    asCheck("releases: order", misplaced(releases), "the newest is first"),
    asCheck("releases: stable", [], stableRelease(releases)),
    asCheck("releases: same answer twice", difference(releases, again)),
  ];
  // Images that share a name could not be told apart.
  if (ambiguousWords(releases).length > 0) return checks;
  for (const release of releases) {
    for (const arch of release.arches) {
      checks.push(...await checkImage(suite, { release, arch }));
    }
  }
  return checks;
}

async function checkImage(
  { distro, context, places, deadlineMs }: Suite,
  request: Parameters<Distro["image"]>[1],
): Promise<readonly ConformanceCheck[]> {
  const name = `image ${request.release.version} ${request.arch}`;
  const ask = async (): Promise<RemoteImage> =>
    validateRemoteImage(await distro.image(context, request));
  const { value: image, check } = await attempt(name, deadlineMs, ask);
  if (!image) return [check];
  const again = await attempt(name, deadlineMs, ask);
  return [
    { ...check, detail: image.url },
    asCheck(`${name}: hosts`, strayUrls(image, places), "its URLs are on declared hosts"),
    asCheck(`${name}: file name`, oddFileName(image)),
    asCheck(`${name}: same answer twice`, difference(image, again)),
  ];
}

interface Attempt<T> {
  /** Undefined when it failed. */
  readonly value: T | undefined;
  readonly check: ConformanceCheck;
}

/** What a call gives in time. */
async function attempt<T>(
  name: string,
  deadlineMs: number,
  call: () => T | Promise<T>,
): Promise<Attempt<T>> {
  const late = Promise.withResolvers<never>();
  const seconds = deadlineMs / 1000;
  const timer = setTimeout(
    () => late.reject(new Error(`there was no answer in ${seconds} s`)),
    deadlineMs,
  );
  try {
    // In a function, because what is thrown at once has to be caught, too.
    const value = await Promise.race([(async () => await call())(), late.promise]);
    return { value, check: { name, ok: true, detail: "as the contract asks" } };
  } catch (error) {
    return { value: undefined, check: { name, ok: false, detail: messageOf(error) } };
  } finally {
    clearTimeout(timer);
  }
}

/** The context, refusing what the distro has not declared even if the one below does not. */
function watched(
  ctx: DistroContext,
  places: Places,
): { readonly context: DistroContext; readonly strayed: () => readonly string[] } {
  const reasons = new Set<string>();
  const context: DistroContext = {
    baseUrl: ctx.baseUrl,
    async fetchText(url) {
      const reason = strayReason(String(url), places);
      if (reason === undefined) return await ctx.fetchText(url);
      reasons.add(reason);
      throw new Error(`cannot fetch ${url}: ${reason}`);
    },
  };
  return { context, strayed: () => [...reasons] };
}

function requireFunctions({ releases, image }: Distro): true {
  if (typeof releases !== "function") throw new Error('"releases" is no function');
  if (typeof image !== "function") throw new Error('"image" is no function');
  return true;
}

function strayBase(places: Places): readonly string[] {
  const reason = strayReason(places.baseUrl, places);
  return reason === undefined ? [] : [reason];
}

function stableRelease(releases: readonly Release[]): string {
  const tagged = releases.find(({ tags }) => tags?.includes("stable"));
  return tagged
    ? `a bare name means ${tagged.version}`
    : `nothing is tagged "stable": a bare name means ${releases[0]?.version ?? "nothing"}`;
}

/** Clean copies have their members in one order, so that their JSON can be compared. */
function difference<T>(first: T, { value, check }: Attempt<T>): readonly string[] {
  if (value === undefined) return [`the second time: ${check.detail}`];
  const same = JSON.stringify(first) === JSON.stringify(value);
  return same ? [] : ["asked again, it answers something else"];
}

function asCheck(
  name: string,
  faults: readonly string[],
  detail = "as the contract asks",
): ConformanceCheck {
  return { name, ok: faults.length === 0, detail: faults.join("; ") || detail };
}

function reportOf(checks: readonly ConformanceCheck[]): ConformanceReport {
  return { ok: checks.every(({ ok }) => ok), checks };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
