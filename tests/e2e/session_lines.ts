/** What session.ts types. */
const FOLDER = new URL("session/", import.meta.url);

/** The lines of a file, or of all files in tests/e2e/session in their order, without comments. */
export async function sessionLines(file?: string): Promise<readonly string[]> {
  const texts = await Promise.all((file === undefined ? await parts() : [file])
    .map((name) => Deno.readTextFile(name)));
  return texts.join("\n").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

async function parts(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(FOLDER));
  return entries.map(({ name }) => new URL(name, FOLDER).pathname).sort();
}
