/** Reading an added distro anew from where it came, and what is different then. */
import type { App, KnownDistro } from "../../core/app.ts";
import { CubicError } from "../../core/errors.ts";
import type { Operation } from "../../core/progress.ts";
import type { DistroFacts } from "../conformance/shape.ts";
import { knownDistro } from "../registry.ts";
import { changeRegistry, findEntry, keepFile } from "./add.ts";
import { type Candidate, factsOf, readCandidate, requireOwnNames } from "./candidate.ts";
import { diffLines } from "./diff.ts";
import { readRegistry, type RegistryEntry } from "./entry.ts";
import { readPinned } from "./pinned.ts";

/** One fact that is different. */
export interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** A newer file than the one in use. */
export interface Update {
  readonly entry: RegistryEntry;
  readonly candidate: Candidate;
  readonly changes: readonly Change[];
  /** The file in use is not the one that was added. */
  readonly tampered: boolean;
  /** The changed lines with `-` and `+`; undefined when the file was tampered with, or is too different. */
  readonly diff: string | undefined;
}

/**
 * Reads a distro's source anew.
 * @returns undefined when the file in use is the one that is there.
 * @throws CubicError "distro-not-found", "file-not-found", "network", "plugin-failed".
 */
export async function findUpdate(
  app: Pick<App, "paths" | "host" | "distros">,
  name: string,
  operation: Operation,
): Promise<Update | undefined> {
  const entries = await readRegistry(app.paths);
  const entry = findEntry(app, entries, name);
  const candidate = await readCandidate(app, entry, operation);
  if (candidate.distro.name !== entry.facts.name) {
    const own = entry.facts.name;
    throw new CubicError(
      "plugin-failed",
      `Cannot update "${own}": it calls itself "${candidate.distro.name}" now`,
      { hint: `\`cubic distro remove ${own}\`, then \`cubic distro add ${entry.source}\`.` },
    );
  }
  const before = await readPinned(app.paths, entry).catch(() => undefined);
  if (before && candidate.digest === entry.digest) return undefined;
  requireOwnNames(candidate.distro, await others(app, entries, entry));
  return {
    entry,
    candidate,
    changes: factChanges(entry, candidate),
    tampered: before === undefined,
    diff: before && diffLines(before.text, candidate.file.text),
  };
}

/**
 * Uses the newer file from now on, and pins its digest.
 * @throws CubicError "locked", "distro-not-found" when it was removed meanwhile.
 */
export async function updateDistro(
  app: Pick<App, "paths" | "host" | "distros">,
  { entry, candidate }: Update,
  { signal }: Operation,
): Promise<RegistryEntry> {
  return await changeRegistry(app, signal, async (entries) => {
    const current = findEntry(app, entries, entry.facts.name);
    requireOwnNames(candidate.distro, await others(app, entries, current));
    const result = await keepFile(app, candidate);
    return { entries: entries.map((it) => it === current ? result : it), result };
  });
}

/** Every distro but this one. */
async function others(
  { paths, distros }: Pick<App, "paths" | "distros">,
  entries: readonly RegistryEntry[],
  entry: RegistryEntry,
): Promise<readonly KnownDistro[]> {
  const added = entries.filter((it) => it !== entry).map((it) => knownDistro(paths, it));
  return [...distros.filter((distro) => !distro.added), ...await Promise.all(added)];
}

function factChanges(entry: RegistryEntry, { distro, digest }: Candidate): readonly Change[] {
  const before = { ...describe(entry.facts), "SHA-256": entry.digest };
  const after = { ...describe(factsOf(distro)), "SHA-256": digest };
  return (Object.keys(before) as (keyof typeof before)[])
    .filter((what) => before[what] !== after[what])
    .map((what) => ({ what, before: before[what], after: after[what] }));
}

function describe({ title, aliases, baseUrl, hosts, guest }: DistroFacts): Readonly<
  Record<"title" | "aliases" | "base URL" | "hosts" | "guest", string>
> {
  return {
    title,
    aliases: (aliases ?? []).join(", "),
    "base URL": baseUrl,
    hosts: hosts.join(", "),
    guest: JSON.stringify(guest),
  };
}
