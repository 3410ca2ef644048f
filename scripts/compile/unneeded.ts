/** Files of npm packages that no program reads; without this list `deno compile` embeds all of a package. */
import { join, relative } from "node:path";

/** What the program never runs: source maps and types, wherever they are. */
const NEVER_RUN = /\.(?:map|d\.[cm]?ts)$/;

/** And of these packages, by their path in it, what is there for other systems or other ways to load them. */
const OTHER_BUILDS: Readonly<Record<string, RegExp>> = {
  // `import` gets dist/node/openpgp.mjs; the rest is for browsers, for require, and once more minified.
  "openpgp": /^dist\/(?:lightweight\/|openpgp\.|node\/(?!openpgp\.mjs$))/,
  "ssh2": /^(?:test|examples)\//,
};

/** A package as `deno info --json` tells it. */
interface Package {
  readonly name: string;
  /** Where it is unpacked. */
  readonly localPath: string;
}

/** Their full paths, for a program that begins with this file. */
export async function unneededFiles(entry: string): Promise<string[]> {
  const lists = await Promise.all((await packagesOf(entry)).map(unneededOf));
  return lists.flat().sort();
}

/** Whether the program has no use for that file of that package. */
export function isUnneeded(name: string, path: string): boolean {
  return NEVER_RUN.test(path) || (OTHER_BUILDS[name]?.test(path) ?? false);
}

async function unneededOf({ name, localPath }: Package): Promise<string[]> {
  const files = await filesBelow(localPath);
  return files.filter((file) => isUnneeded(name, relative(localPath, file)));
}

async function packagesOf(entry: string): Promise<Package[]> {
  // What was never unpacked can't be listed.
  await deno("cache", "--quiet", "--frozen", entry);
  const { npmPackages }: { npmPackages: Readonly<Record<string, Package>> } = JSON.parse(
    await deno("info", "--json", entry),
  );
  return Object.values(npmPackages);
}

async function deno(...args: string[]): Promise<string> {
  const options = { args, cwd: import.meta.dirname ?? ".", stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`deno ${args[0]}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files;
}
