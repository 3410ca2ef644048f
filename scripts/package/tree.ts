/** Directories that are packed: made from texts, in a temporary place, gone afterwards. */
import { dirname, join } from "node:path";

/** A file to be: its content, or the path of the file it is a copy of. */
export interface PackedFile {
  readonly content: string | Uint8Array | { readonly copyOf: string };
  /** 0644 when left out. */
  readonly mode?: number;
}

/** Makes the files below a temporary directory, and removes it after the use. */
export async function withTree<Result>(
  files: ReadonlyMap<string, PackedFile>,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const root = await Deno.makeTempDir({ prefix: "cubic-package-" });
  try {
    for (const [path, { content, mode = 0o644 }] of files) {
      await makeDirectories(root, dirname(path));
      const target = join(root, path);
      if (typeof content === "string") await Deno.writeTextFile(target, content);
      else if (content instanceof Uint8Array) await Deno.writeFile(target, content);
      else await Deno.copyFile(content.copyOf, target);
      await Deno.chmod(target, mode);
    }
    await Deno.chmod(root, 0o755);
    return await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** With rights of their own: those of the packer's umask are no business of the package. */
async function makeDirectories(root: string, path: string): Promise<void> {
  let at = root;
  for (const part of path.split("/").filter((part) => part !== "" && part !== ".")) {
    at = join(at, part);
    await Deno.mkdir(at, { recursive: true });
    await Deno.chmod(at, 0o755);
  }
}

/** Runs a packer; throws what it said when it failed. */
export async function runPacker(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const packer = new Deno.Command(command, { args: [...args], env: { LC_ALL: "C", ...env } });
  const { code, stderr } = await packer.output();
  if (code !== 0) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr).trim()}`);
}
