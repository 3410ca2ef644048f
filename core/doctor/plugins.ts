/** Distributions that the user added: whether their files are still those that were looked at. */
import { join } from "node:path";
import { readTextIfThere } from "../atomic.ts";
import { digestFile } from "../images/digest.ts";
import type { KnownDistro } from "../app.ts";
import type { Paths } from "../paths.ts";
import { type Check, type Found, orFine } from "./finding.ts";

/** The files of added distributions. */
export const pluginsCheck: Check = {
  name: "Added distributions",
  about: "state",
  async look({ distros, paths }) {
    const added = distros.filter((distro) => distro.added !== undefined);
    const plugins = await Promise.all(added.map((distro) => judgePlugin(paths, distro)));
    // One that can't be read adds nothing, and the other commands only warn of it.
    const lost = added.length === 0 ? await judgeRegistry(paths) : [];
    return orFine(
      [...lost, ...plugins.flat()],
      added.length === 0 ? "none" : `${added.length}, unchanged`,
    );
  },
};

async function judgePlugin(
  paths: Pick<Paths, "distros">,
  { name, added }: KnownDistro,
): Promise<readonly Found[]> {
  // A file of another digest is not this distro's, so its name is built from it when it is added.
  const stem = `${name}-${added?.digest.slice(0, 8)}.`;
  const entries = await Array.fromAsync(Deno.readDir(paths.distros)).catch(() => []);
  const file = entries.find((entry) => entry.name.startsWith(stem));
  const digest = file && await digestFile(join(paths.distros, file.name), "sha256");
  if (digest === added?.digest) return [];
  return [{
    level: "problem",
    text: `the file of ${name} ${file ? "was changed since it was added" : "is gone"}`,
    remedy:
      `\`cubic distro update ${name}\` reads it anew, \`cubic distro remove ${name}\` forgets it.`,
  }];
}

/** The list of what was added, where nothing of it was. */
async function judgeRegistry({ distros }: Pick<Paths, "distros">): Promise<readonly Found[]> {
  const path = join(distros, "registry.json");
  const text = await readTextIfThere(path);
  if (text === undefined || isEmptyList(text)) return [];
  const remedy = `\`mv ${path} ${path}.old\`, and \`cubic distro add\` them again.`;
  return [{ level: "problem", text: `the list of what was added can't be read: ${path}`, remedy }];
}

function isEmptyList(text: string): boolean {
  try {
    const { distros } = JSON.parse(text) as { readonly distros?: unknown };
    return Array.isArray(distros) && distros.length === 0;
  } catch {
    return false;
  }
}
