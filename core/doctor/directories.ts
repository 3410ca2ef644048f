/** The directories that cubic keeps things in: whose they are, and whether a socket's path fits. */
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import { describeFailure } from "../errors.ts";
import type { HostOs } from "../host.ts";
import { type Check, FIX, type Found, orFine } from "./finding.ts";

/** Bytes of a socket's path without the zero at its end: sockaddr_un's `sun_path` has 108 on Linux, 104 on macOS. */
const SOCKET_BYTES: Readonly<Record<HostOs, number>> = { linux: 107, darwin: 103 };

/** As long as the names of sockets are. */
const SOCKET_NAME = `${"0".repeat(16)}.qmp`;

/** Whether they are the user's own, and closed to others as cubic makes them: disks and keys are in there. */
export const directoriesCheck: Check = {
  name: "Directories",
  about: "host",
  async look(app) {
    const own = await Promise.all(ownDirectories(app).map(judgeDirectory));
    const places = [...own.flat(), ...await judgePlace(app.paths.data)];
    const found = [...places, ...judgeSockets(app), ...await judgeTemporary(app)];
    return orFine(found, `${app.paths.data}, which no other user may look into`);
  },
  async mend(app) {
    const done: string[] = [];
    for (const path of ownDirectories(app)) {
      const stat = await Deno.lstat(path).catch(() => undefined);
      if (!stat?.isDirectory || stat.uid !== Deno.uid() || !isOpen(stat)) continue;
      await Deno.chmod(path, (stat.mode ?? 0) & 0o7700);
      done.push(`Closed ${path} to other users`);
    }
    return done;
  },
};

function ownDirectories({ paths }: App): string[] {
  const { data, cache, instances, images, layers, locks, distros, keys, runtime } = paths;
  return [...new Set([data, cache, instances, images, layers, locks, distros, keys, runtime])];
}

async function judgeDirectory(path: string): Promise<readonly Found[]> {
  try {
    const stat = await Deno.stat(path);
    if (!stat.isDirectory) {
      const remedy = `Move it away: \`mv ${path} ${path}.old\`.`;
      return [{ level: "problem", text: `${path} is no directory`, remedy }];
    }
    if (stat.uid !== Deno.uid()) {
      const remedy = `\`sudo chown -R "$(id -u)" ${path}\`, if it is to be yours.`;
      return [{ level: "problem", text: `${path} belongs to somebody else`, remedy }];
    }
    if (!isOpen(stat)) return [];
    const what = ((stat.mode ?? 0) & 0o022) === 0 ? "look into" : "write to";
    return [{ level: "warning", text: `other users may ${what} ${path}`, remedy: FIX }];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    const { message, hint } = describeFailure(`look at ${path}`, error);
    return [{ level: "problem", text: message, ...(hint !== undefined && { remedy: hint }) }];
  }
}

/** A directory that is still to be made: whether it can be. */
async function judgePlace(path: string): Promise<readonly Found[]> {
  const isThere = (path: string): Promise<boolean> => Deno.stat(path).then(() => true, () => false);
  if (await isThere(path)) return [];
  let above = dirname(path);
  while (!(await isThere(above))) above = dirname(above);
  const { access, constants } = await import("node:fs/promises");
  const may = access(above, constants.W_OK | constants.X_OK).then(() => true, () => false);
  if (await may) return [];
  const remedy = "Set HOME or CUBIC_HOME to a directory that you can write.";
  return [{ level: "problem", text: `${path} can't be made: ${above} can't be written`, remedy }];
}

function isOpen({ mode }: Deno.FileInfo): boolean {
  return ((mode ?? 0) & 0o077) !== 0;
}

function judgeSockets({ host, paths }: App): readonly Found[] {
  const path = join(paths.runtime, SOCKET_NAME);
  const length = new TextEncoder().encode(path).length;
  const most = SOCKET_BYTES[host.os];
  if (length <= most) return [];
  const text = `paths of sockets in ${paths.runtime} have ${length} bytes, and ${most} is the most`;
  return [{
    level: "problem",
    text,
    remedy: "Set TMPDIR to a shorter path, as in `export TMPDIR=/tmp`.",
  }];
}

/** Where the directory of the sockets is to be made. */
async function judgeTemporary({ host, paths }: App): Promise<readonly Found[]> {
  const set = host.env("TMPDIR");
  const used = dirname(paths.runtime);
  if (set !== undefined && !set.startsWith("/")) {
    const text = `TMPDIR is "${set}", no absolute path; ${used} is used instead`;
    return [{ level: "note", text, remedy: "Set TMPDIR to an absolute path, or unset it." }];
  }
  const above = await Deno.stat(used).catch(() => undefined);
  if (!above || above.isDirectory) return [];
  return [{ level: "problem", text: `${used} is no directory`, remedy: "Set TMPDIR to one." }];
}
