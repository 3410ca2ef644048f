/** A real guest's image for the tests, built by `buildImage` once and kept between runs. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { App } from "../../core/app.ts";
import { ensureDir, removeIfThere, statIfThere } from "../../core/atomic.ts";
import { realHost } from "../../core/host.ts";
import { buildImage } from "../../core/images/build.ts";
import { parseImageName } from "../../core/images/name.ts";
import { acquireLock } from "../../core/lock.ts";
import { resolvePaths } from "../../core/paths.ts";
import type { Operation } from "../../core/progress.ts";
import { builtIn } from "../../distros/mod.ts";

const FOLDER = new URL("../../core/images/", import.meta.url);

/** Where the tests keep what is worth keeping between runs. */
export function testCache(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(cache, "cubic-tests");
}

/** An App whose state is under a directory, with the built-in distros and no settings. */
export function appIn(directory: string): App {
  const host = realHost();
  const env = (name: string): string | undefined =>
    name === "CUBIC_HOME" ? directory : host.env(name);
  const paths = resolvePaths({ os: host.os, env }, Deno.uid());
  return { host, paths, config: { mirror: {} }, distros: builtIn };
}

/**
 * The path of a debian:bookworm image that this source tree builds: its name holds a hash of the recipe, so a
 * changed recipe builds anew. Takes about 2.5 minutes the first time; test files that run at once share one
 * build.
 */
export async function guestImage(): Promise<string> {
  const cache = testCache();
  const path = join(cache, `debian-bookworm-${await recipeHash()}.qcow2`);
  if (await statIfThere(path)) return path;
  await ensureDir(cache);
  const app = appIn(join(cache, "build"));
  await using _lock = await acquireLock(app.paths, "guest-image", { waitMs: 900_000 });
  if (await statIfThere(path)) return path;

  say(`building the image of the tests: ${path}`);
  const output = `${path}.part`;
  const image = parseImageName("debian:bookworm");
  await buildImage(app, { image, output }, aloud());
  // The store's copy is not needed, and images of older recipes are not either.
  await removeIfThere(app.paths.images);
  for await (const { name } of Deno.readDir(cache)) {
    if (/^debian-bookworm-.*\.qcow2$/.test(name)) await Deno.remove(join(cache, name));
  }
  await Deno.rename(output, path);
  return path;
}

/** A hash of everything that decides what is in the image. */
async function recipeHash(): Promise<string> {
  const hash = createHash("sha256").update(Deno.build.arch);
  for (const file of ["build_guest.ts", "build_root.ts", "build_disk.ts"]) {
    hash.update(await Deno.readFile(new URL(file, FOLDER)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Steps on stderr, so that a watcher of a first run sees what takes its time. */
function aloud(): Operation {
  return {
    signal: new AbortController().signal,
    report: (event) => {
      if (event.kind === "step" || event.kind === "note") say(`  ${event.text}`);
    },
  };
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
