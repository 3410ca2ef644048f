/** This host's clock, by what servers say and by the files that cubic has written. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { instanceFiles } from "../paths.ts";
import { instanceNames } from "../instances/store.ts";
import { type Check, type Found, orFine } from "./finding.ts";
import type { Answer } from "./servers.ts";

/** Signatures and certificates are refused that were made in the future; minutes are what clocks differ by. */
const TOLERANCE_MS = 5 * 60_000;

/** Whether the clock is right, and was so when files were written. */
export const clockCheck: Check = {
  name: "Clock",
  about: "host",
  async look(app, { online, servers }) {
    const answers = (online ? await servers() : []).filter(({ ahead }) => ahead !== undefined);
    const files = await fromTheFuture(app);
    const [first] = files;
    const future: Found[] = first === undefined ? [] : [{
      level: "warning",
      text: `${files.length} ${files.length === 1 ? "file is" : "files are"} from the future, ` +
        `as ${first}: this clock went back, or is slow`,
      remedy: "Check the clock with `date`; `cubic doctor --fix` dates the files now.",
    }];
    const hosts = answers.map(({ url }) => new URL(url).host).join(", ");
    const fine = hosts === "" ? "no server told the time" : `agrees with ${hosts}`;
    return orFine([...judgeClock(answers), ...future], fine);
  },
  async mend(app) {
    const files = await fromTheFuture(app);
    const now = new Date(app.host.now());
    for (const path of files) await Deno.utime(path, now, now);
    return files.map((path) => `Dated ${path} now`);
  },
};

/** A server may be wrong, so the one that agrees best is believed. Pure. */
export function judgeClock(answers: readonly Answer[]): readonly Found[] {
  const offsets = answers.flatMap(({ ahead }) => ahead === undefined ? [] : [ahead]);
  const [least] = offsets.sort((a, b) => Math.abs(a) - Math.abs(b));
  if (least === undefined || Math.abs(least) < TOLERANCE_MS) return [];
  const minutes = Math.round(Math.abs(least) / 60_000);
  const way = least > 0 ? "behind" : "ahead of";
  const text = `this host's clock is ${minutes} minutes ${way} those of the servers`;
  const remedy = "Signatures are checked by it. `sudo timedatectl set-ntp true` sets it.";
  return [{ level: "warning", text, remedy }];
}

/** Small files that cubic alone writes, and whose time it goes by or people do. */
async function fromTheFuture({ paths, host }: App): Promise<string[]> {
  const names = await instanceNames(paths);
  const files = [
    ...names.map((name) => instanceFiles(paths, name).config),
    ...await jsonFiles(paths.images),
    ...await jsonFiles(paths.cache),
    ...await jsonFiles(join(paths.cache, "releases")),
  ];
  const times = await Promise.all(files.map(async (path) => (await statIfThere(path))?.mtime));
  const latest = host.now() + TOLERANCE_MS;
  return files.filter((_, index) => (times[index]?.getTime() ?? 0) > latest);
}

async function jsonFiles(directory: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.filter(({ isFile, name }) => isFile && name.endsWith(".json"))
      .map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
}
