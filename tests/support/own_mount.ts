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
  const { code, stderr } = await realHost().run("unshare", [...words(mount, directory), ...deno]);
  if (code !== 0) throw new Error(`This test needs mount namespaces (unshare): ${stderr}`);
  return JSON.parse(await Deno.readTextFile(output));
}

/** Others than root may mount only as the root of a namespace of their own. */
function words(mount: string, directory: string): readonly string[] {
  const shell = ["sh", "-c", `${mount} && shift && exec "$@"`, "sh", directory];
  if (Deno.uid() === 0) return ["-m", ...shell];
  // The SSH server takes that root for a real one, so it must not see that it is.
  const back = ["unshare", "-U", `--map-user=${Deno.uid()}`, `--map-group=${Deno.gid()}`];
  return ["-Urm", ...shell, ...back];
}
