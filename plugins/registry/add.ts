/** Keeping a plugin as an added distro. */
import { join } from "node:path";
import { ensureDir, removeIfThere, writeNewFile } from "../../core/atomic.ts";
import type { App } from "../../core/app.ts";
import { CubicError } from "../../core/errors.ts";
import { acquireLock } from "../../core/lock.ts";
import type { Operation } from "../../core/progress.ts";
import { knownDistro } from "../registry.ts";
import { type Candidate, factsOf, requireOwnNames } from "./candidate.ts";
import { entryFile, readRegistry, type RegistryEntry, writeRegistry } from "./entry.ts";

/** Milliseconds to wait for another `cubic distro` that changes the list. */
const LOCK_WAIT = 10_000;

/**
 * Adds the candidate: its file is kept beside the others, read-only, and its digest is pinned.
 * @throws CubicError "distro-exists", "config-broken", "locked".
 */
export async function addDistro(
  app: Pick<App, "paths" | "host" | "distros">,
  candidate: Candidate,
  { signal }: Operation,
): Promise<RegistryEntry> {
  return await changeRegistry(app, signal, async (entries) => {
    const added = await Promise.all(entries.map((entry) => knownDistro(app.paths, entry)));
    requireOwnNames(candidate.distro, [...app.distros.filter((distro) => !distro.added), ...added]);
    const entry = await keepFile(app, candidate);
    return { entries: [...entries, entry], result: entry };
  });
}

/**
 * Takes an added distro off the list and removes its file. Images that are stored stay.
 * @throws CubicError "distro-not-found", "failed" for a built-in one.
 */
export async function removeDistro(
  app: Pick<App, "paths" | "distros">,
  name: string,
  { signal }: Operation,
): Promise<RegistryEntry> {
  return await changeRegistry(app, signal, (entries) => {
    const result = findEntry(app, entries, name);
    return Promise.resolve({ entries: entries.filter((entry) => entry !== result), result });
  });
}

/**
 * The added distro of that name or alias.
 * @throws CubicError "distro-not-found", "usage" for a built-in one.
 */
export function findEntry(
  { distros }: Pick<App, "distros">,
  entries: readonly RegistryEntry[],
  name: string,
): RegistryEntry {
  const called = ({ name: own, aliases }: { name: string; aliases?: readonly string[] }): boolean =>
    own === name || (aliases ?? []).includes(name);
  const entry = entries.find(({ facts }) => called(facts));
  if (entry) return entry;
  const builtIn = distros.find((distro) => !distro.added && called(distro));
  if (builtIn) {
    throw new CubicError("usage", `Cannot change "${name}": ${builtIn.title} is built in`, {
      hint: "It comes with cubic, and changes with it.",
    });
  }
  const names = entries.map(({ facts }) => facts.name).join(", ");
  throw new CubicError("distro-not-found", `Cannot find an added distribution called "${name}"`, {
    hint: names === "" ? "None was added; `cubic distro add` adds one." : `There are: ${names}.`,
  });
}

/**
 * Changes the list under its lock. Files come before the list that names them and go after it, so that a command
 * that is killed leaves a file too many and never one too few; the next change clears it.
 */
export async function changeRegistry<Result>(
  { paths }: Pick<App, "paths">,
  signal: AbortSignal,
  change: (entries: readonly RegistryEntry[]) => Promise<{
    readonly entries: readonly RegistryEntry[];
    readonly result: Result;
  }>,
): Promise<Result> {
  await ensureDir(paths.distros);
  const purpose = { purpose: "cubic distro", subject: "the list of distributions" };
  await using _lock = await acquireLock(paths, "distros", {
    signal,
    waitMs: LOCK_WAIT,
    ...purpose,
  });
  const { entries, result } = await change(await readRegistry(paths));
  await writeRegistry(paths, entries);
  await removeStrays(paths.distros, new Set(entries.map(({ file }) => file)));
  return result;
}

/** Writes the candidate's file under a name of its own, read-only. */
export async function keepFile(
  { paths, host }: Pick<App, "paths" | "host">,
  { distro, file, bytes, digest, source, allowLoopback }: Candidate,
): Promise<RegistryEntry> {
  const entry: RegistryEntry = {
    facts: factsOf(distro),
    ...{ source, digest, allowLoopback },
    file: `${distro.name}-${digest.slice(0, 8)}.${file.kind}`,
    added: new Date(host.now()).toISOString(),
  };
  const path = entryFile(paths, entry);
  await removeIfThere(path);
  await writeNewFile(path, bytes, 0o400);
  return entry;
}

async function removeStrays(dir: string, used: ReadonlySet<string>): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) {
    if (/\.(?:ts|js|toml|yaml)$/.test(name) && !used.has(name)) {
      await removeIfThere(join(dir, name));
    }
  }
}
