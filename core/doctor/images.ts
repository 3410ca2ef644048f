/** The stored images: whether each file is what its facts say, and each has facts. */
import { basename, join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere } from "../atomic.ts";
import { readImageHeader } from "../images/qcow2.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { listImages } from "../images/store.ts";
import { readChain } from "../instances/layers.ts";
import { instanceNames } from "../instances/store.ts";
import { instanceFiles } from "../paths.ts";
import { type Check, FIX, type Found, orFine } from "./finding.ts";

/** The store. That every byte is right only `cubic image show --verify` tells, which reads them all. */
export const imagesCheck: Check = {
  name: "Images",
  about: "state",
  async look(app) {
    const { images, broken } = await listImages(app.paths);
    const damaged = await Promise.all(images.map(judgeImage));
    const lost = await lostSidecars(app);
    const unreadable = broken.filter(({ path }) => !lost.includes(path)).map(({ path, reason }) =>
      unreadableFacts(path, reason)
    );
    const found = [
      ...damaged.flat(),
      ...lost.map((path): Found => ({
        level: "warning",
        text: `${path} tells of an image that is gone`,
        remedy: FIX,
      })),
      ...unreadable,
      ...(await unknownFiles(app)).map(unknownFile),
    ];
    return orFine(
      found,
      images.length === 0 ? "none" : `${images.length}, each of the size it had`,
    );
  },
  async mend(app) {
    const lost = await lostSidecars(app);
    for (const path of lost) await removeIfThere(path);
    return lost.map((path) => `Removed ${path}`);
  },
};

async function judgeImage({ path, size, names, checksum }: StoredImage): Promise<readonly Found[]> {
  const name = names[0] ?? `${checksum.algorithm}-${checksum.digest.slice(0, 12)}`;
  const remedy =
    `\`cubic image pull --again ${name}\` replaces it; instances on it may be damaged too.`;
  const now = (await statIfThere(path))?.size ?? 0;
  if (now !== size) {
    const text = `${name} is damaged: its file has ${now} bytes, and had ${size}`;
    return [{ level: "problem", text, remedy }];
  }
  const problem = await readImageHeader(path).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return problem === undefined ? [] : [{ level: "problem", text: problem, remedy }];
}

function unreadableFacts(path: string, reason: string): Found {
  const image = path.replace(/\.json$/, ".qcow2");
  const remedy = `\`cubic image import ${image} --name NAME:1\` keeps it under a name of yours; ` +
    `without need of it, \`rm ${path} ${image}\`.`;
  return { level: "warning", text: `${path} can't be read: ${reason}`, remedy };
}

function unknownFile(path: string): Found {
  const remedy = `\`cubic image import ${path} --name NAME:1\` gives it a name, \`rm ${path}\` ` +
    "removes it where no instance stands on it.";
  return { level: "note", text: `nothing tells what ${path} is`, remedy };
}

/** Facts of an image that is gone; those an instance stands on are kept, because they tell what to fetch. */
async function lostSidecars({ paths }: App): Promise<string[]> {
  const files = await names(paths.images);
  const lost = files.filter((name) =>
    name.endsWith(".json") && !files.includes(name.replace(/\.json$/, ".qcow2"))
  );
  if (lost.length === 0) return [];
  const wanted = new Set<string>();
  for (const name of await instanceNames(paths)) {
    const { missing } = await readChain(instanceFiles(paths, name).disk);
    if (missing !== undefined) wanted.add(basename(missing));
  }
  return lost.filter((name) => !wanted.has(name.replace(/\.json$/, ".qcow2")))
    .map((name) => join(paths.images, name));
}

/** Images without facts: a command was killed between the two, or somebody put them there. */
async function unknownFiles({ paths }: App): Promise<string[]> {
  const files = await names(paths.images);
  return files.filter((name) =>
    name.endsWith(".qcow2") && !files.includes(name.replace(/\.qcow2$/, ".json"))
  ).map((name) => join(paths.images, name));
}

async function names(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory)))
      .map(({ name }) => name).filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
