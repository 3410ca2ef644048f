/** The files of each instance: all there, the disk with all it stands on, and keys that are private. */
import { basename, relative } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import type { Instance } from "../instances/instance.ts";
import { readChain } from "../instances/layers.ts";
import { type InstanceFiles, instanceFiles } from "../paths.ts";
import { type Check, FIX, type Found, orFine } from "./finding.ts";
import { readableInstances } from "./readable.ts";

/** What an instance can't be started, or logged in to, without. */
const NEEDED = ["disk", "seed", "clientKey", "hostKey"] as const;

/** The files of all instances that can be read. */
export const instanceFilesCheck: Check = {
  name: "Instance files",
  about: "state",
  async look(app) {
    const instances = await readableInstances(app);
    const found = await Promise.all(instances.map((instance) => judge(app, instance)));
    return orFine(found.flat(), instances.length === 0 ? "none" : "all there");
  },
  async mend(app) {
    const done: string[] = [];
    for (const { name } of await readableInstances(app)) {
      const { clientKey } = instanceFiles(app.paths, name);
      if (!(await isOpen(clientKey))) continue;
      await Deno.chmod(clientKey, 0o600);
      done.push(`Closed ${clientKey} to other users`);
    }
    return done;
  },
};

async function judge({ paths }: App, instance: Instance): Promise<readonly Found[]> {
  const files = instanceFiles(paths, instance.name);
  const absent: string[] = [];
  for (const file of NEEDED) {
    if (!(await statIfThere(files[file]))) absent.push(basename(files[file]));
  }
  const found: Found[] = absent.length === 0 ? [] : [{
    level: "problem",
    text: `${instance.name} lacks ${absent.join(", ")}`,
    remedy: `Put it back from a backup, or \`cubic delete ${instance.name}\`.`,
  }];
  if (!absent.includes(basename(files.disk))) {
    found.push(...await judgeDisk(paths, instance, files));
  }
  if (await isOpen(files.clientKey)) {
    const text = `others may read the key of ${instance.name}, so that ssh refuses to use it`;
    found.push({ level: "warning", text, remedy: FIX });
  }
  return found;
}

async function judgeDisk(
  paths: App["paths"],
  { name, image }: Instance,
  { disk }: InstanceFiles,
): Promise<readonly Found[]> {
  const { below, missing, whole } = await readChain(disk);
  if (missing !== undefined) {
    const isImage = !relative(paths.images, missing).startsWith("..");
    const remedy = isImage
      ? `Put it back from a backup; \`cubic image pull ${image}\` does where the vendor still has that very build.`
      : `Put it back from a backup, or \`cubic delete ${name}\`.`;
    return [{
      level: "problem",
      text: `the disk of ${name} stands on ${missing}, which is gone`,
      remedy,
    }];
  }
  if (whole) return [];
  const what = below.at(-1) ?? disk;
  const remedy = `Put it back from a backup, or \`cubic delete ${name}\`.`;
  return [{
    level: "problem",
    text: `the disk of ${name} can't be read: ${what} is damaged`,
    remedy,
  }];
}

/** OpenSSH takes no private key that others can read. */
async function isOpen(path: string): Promise<boolean> {
  return (((await statIfThere(path))?.mode ?? 0) & 0o077) !== 0;
}
