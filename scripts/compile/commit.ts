/** The commit that is compiled, for `cubic --version`. */
import { join } from "node:path";

/** Seven digits, with "-dirty" behind them where files differ from the commit; undefined outside of a clone. */
export async function currentCommit(root: string): Promise<string | undefined> {
  const commit = await git(root, ["rev-parse", "--short=7", "HEAD"]);
  if (!commit) return undefined;
  const changes = await git(root, ["status", "--porcelain", "--untracked-files=no"]);
  return changes === "" ? commit : `${commit}-dirty`;
}

/** Writes what cmd/version.ts reads in the compiled program, and returns where. */
export async function writeBuildFile(root: string): Promise<string> {
  const path = join(root, "dist", "build.json");
  const commit = await currentCommit(root);
  await Deno.mkdir(join(root, "dist"), { recursive: true });
  await Deno.writeTextFile(path, `${JSON.stringify({ commit: commit ?? null })}\n`);
  return path;
}

async function git(root: string, args: string[]): Promise<string | undefined> {
  try {
    const command = new Deno.Command("git", { args: ["-C", root, ...args], stderr: "null" });
    const { code, stdout } = await command.output();
    return code === 0 ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    // There is no git on this machine.
    return undefined;
  }
}
