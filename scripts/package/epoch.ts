/** The time that stands in packages: the same for everybody who makes them from the same commit. */

/** Seconds since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org), the time of the commit, or 0. */
export async function sourceEpoch(root: string): Promise<number> {
  const given = Number(Deno.env.get("SOURCE_DATE_EPOCH"));
  if (Number.isSafeInteger(given) && given > 0) return given;
  try {
    const args = ["-C", root, "log", "-1", "--format=%ct"];
    const { stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return Number(new TextDecoder().decode(stdout).trim()) || 0;
  } catch {
    // There is no git here.
    return 0;
  }
}
