/** Running a program of the tests in a mount namespace of its own, where a directory is another file system. */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { makeTempDir } from "./temp_dir.ts";

/**
 * Runs `program`, a file of this directory, with two arguments: the directory that `mount` was given as `$1`, and a file
 * for its results, which are returned. `mount` is shell, and ends well when the file system is there.
 */
export async function runWithMount<T>(mount: string, program: string): Promise<T> {
  await using temp = await makeTempDir();
  const [directory, output] = [join(temp.path, "mounted"), join(temp.path, "output")];
  await Deno.mkdir(directory);
  const script = join(import.meta.dirname!, program);
  const deno = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", script, directory, output];
  const [unshare = "", ...words] = [...withMount(mount, directory), ...deno];
  const { code, stderr } = await realHost().run(unshare, words);
  if (code !== 0) throw new Error(`This test needs mount namespaces (unshare): ${stderr}`);
  return JSON.parse(await Deno.readTextFile(output));
}

/**
 * The words to put before a command that is to run where `mount` has been done, which gets these arguments. Others than
 * root may mount only as the root of a namespace of their own.
 */
export function withMount(mount: string, ...args: readonly string[]): readonly string[] {
  const done = `set -e; (${mount}); shift ${args.length}; exec "$@"`;
  const shell = ["sh", "-c", done, "sh", ...args];
  if (Deno.uid() === 0) return ["unshare", "-m", ...shell];
  // The SSH server takes that root for a real one, so it must not see that it is.
  const back = ["unshare", "-U", `--map-user=${Deno.uid()}`, `--map-group=${Deno.gid()}`];
  return ["unshare", "-Urm", ...shell, ...back];
}
