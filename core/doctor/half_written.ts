/** What `writeAtomic` leaves when it is killed: the new content beside a file that is still the old one. */
import { basename, dirname, join } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";

const NAME = /\.[0-9a-f]{8}\.tmp$/;

/** A write takes moments, but the machine may fall asleep in the middle of it. */
const OLD_MS = 60 * 60_000;

/** Paths of such files outside of instances, which have a lock that tells whether somebody is writing. */
export async function findHalfWritten({ host, paths }: App): Promise<string[]> {
  const { data, cache, images, keys, configFile } = paths;
  const own = new Set([data, images, keys, cache, join(cache, "releases")]);
  const listed = await Promise.all([...own].map(temporaryFiles));
  // Settings may be kept in a directory with files of others.
  const settings = (await temporaryFiles(dirname(configFile)))
    .filter((path) => basename(path).startsWith(`${basename(configFile)}.`));
  const found: string[] = [];
  for (const path of new Set([...listed.flat(), ...settings])) {
    const written = (await statIfThere(path))?.mtime?.getTime();
    if (written !== undefined && written < host.now() - OLD_MS) found.push(path);
  }
  return found.sort();
}

async function temporaryFiles(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory)))
      .filter(({ isFile, name }) => isFile && NAME.test(name))
      .map(({ name }) => join(directory, name));
  } catch {
    // Not made yet; or not to be read, which the check of directories tells.
    return [];
  }
}
