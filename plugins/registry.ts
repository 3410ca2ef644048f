/** The distros the user added, as `main.ts` puts them beside the built-in ones. */
import type { KnownDistro } from "../core/app.ts";
import { isCubicError } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import type { Report } from "../core/progress.ts";
import { readRegistry, type RegistryEntry } from "./registry/entry.ts";

/**
 * Every added distro. Only the registry is read now; a distro's own file is read, checked against its pinned digest
 * and run when it is asked something. A registry that can't be read is a warning, because most commands have
 * nothing to do with it: `cubic distro` refuses to change it.
 */
export async function addedDistros(
  paths: Pick<Paths, "distros">,
  report: Report,
): Promise<readonly KnownDistro[]> {
  try {
    return await Promise.all((await readRegistry(paths)).map((entry) => knownDistro(paths, entry)));
  } catch (error) {
    if (!isCubicError(error)) throw error;
    report({ kind: "warning", text: `${error.message}: ${error.details}. They are left out.` });
    return [];
  }
}

/** An added distro by its entry. */
export async function knownDistro(
  paths: Pick<Paths, "distros">,
  entry: RegistryEntry,
): Promise<KnownDistro> {
  const { bindPlugin, openPlugin } = await import("./load.ts");
  const { source, digest, allowLoopback } = entry;
  const distro = bindPlugin(entry.facts, async () => {
    const { readPinned } = await import("./registry/pinned.ts");
    const file = await readPinned(paths, entry);
    return { file, plugin: await openPlugin(file) };
  });
  return { ...distro, added: { source, digest, allowLoopback } };
}
