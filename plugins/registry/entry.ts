/** `<data>/distros/registry.json`: which distros the user added, and what their files were then. */
import { join } from "node:path";
import { readTextIfThere, writeAtomic } from "../../core/atomic.ts";
import { CubicError } from "../../core/errors.ts";
import type { Paths } from "../../core/paths.ts";
import type { DistroFacts } from "../conformance/shape.ts";

const SCHEMA = 1;

/** An added distro. */
export interface RegistryEntry {
  /** What it said of itself when it was added. */
  readonly facts: DistroFacts;
  /** The absolute path or the URL it came from. */
  readonly source: string;
  /** The SHA-256 of its file. */
  readonly digest: string;
  /** The file's name, in the same directory. */
  readonly file: string;
  readonly allowLoopback: boolean;
  /** When it was added or last updated, in ISO 8601. */
  readonly added: string;
}

/** Where an added distro's file is. */
export function entryFile(
  paths: Pick<Paths, "distros">,
  { file }: Pick<RegistryEntry, "file">,
): string {
  return join(paths.distros, file);
}

/** Where the registry is. */
function registryFile({ distros }: Pick<Paths, "distros">): string {
  return join(distros, "registry.json");
}

/**
 * Every added distro, in the order they were added.
 * @throws CubicError "config-broken" when the file is not what cubic wrote.
 */
export async function readRegistry(
  paths: Pick<Paths, "distros">,
): Promise<readonly RegistryEntry[]> {
  const path = registryFile(paths);
  try {
    const text = await readTextIfThere(path);
    if (text === undefined) return [];
    if ((await Deno.lstat(path)).isSymlink) throw new Error("it is a symbolic link");
    return await parseRegistry(text);
  } catch (error) {
    throw new CubicError("config-broken", `Cannot read the added distributions in ${path}`, {
      hint: "Mend the file; or move it away, and add the distributions again.",
      details: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/** Puts a new list in the place of the old one, in one step. */
export async function writeRegistry(
  paths: Pick<Paths, "distros">,
  entries: readonly RegistryEntry[],
): Promise<void> {
  const distros = entries.map(({ facts: { contract: _, ...facts }, ...entry }) => ({
    ...facts,
    ...entry,
  }));
  const text = JSON.stringify({ schema: SCHEMA, distros }, null, 2);
  await writeAtomic(registryFile(paths), `${text}\n`, { mode: 0o600 });
}

/** The readers are loaded only when there is something to read: most homes have no added distro. */
async function parseRegistry(text: string): Promise<readonly RegistryEntry[]> {
  const { fieldsOf, listOf, oneOf, textLike, yesOrNo } = await import("../conformance/fields.ts");
  const { validateDistroValue } = await import("../conformance/shape.ts");
  const { need } = fieldsOf(JSON.parse(text), "the file");
  need("schema", oneOf(SCHEMA));
  return need(
    "distros",
    listOf((value, what) => {
      const { need } = fieldsOf(value, what);
      return {
        facts: validateDistroValue({ ...value as object, contract: 1 }, what),
        source: need("source", textLike(/^\P{Cc}+$/u, "a path or URL", 4096)),
        digest: need("digest", textLike(/^[0-9a-f]{64}$/, "a SHA-256")),
        file: need("file", textLike(/^[a-z][a-z0-9-]*\.(?:ts|js|toml|yaml)$/, "a plugin's file")),
        allowLoopback: need("allowLoopback", yesOrNo),
        added: need("added", textLike(/^\d{4}-[\dT:.Z-]+$/, "a time")),
      };
    }),
  );
}
