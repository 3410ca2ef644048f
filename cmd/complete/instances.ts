/** The instances that a word may name. */
import type { Context } from "../context.ts";
import type { Answer, Candidate } from "./answer.ts";
import type { Slot } from "./line.ts";

/** Names, of those that the command can do something with. */
export async function instanceCandidates(
  context: Context,
  source: "instance" | "running" | "stopped" | "target" | "copy",
  { word, before }: Slot,
): Promise<Answer> {
  if (source === "copy") return await copyCandidates(context, word);
  const found = (await namesWithState(context)).filter(({ value }) => !before.includes(value));
  if (source === "target") {
    const user = /^[^@]*@/.exec(word)?.[0] ?? "";
    return { candidates: found.map((each) => ({ ...each, value: user + each.value })) };
  }
  if (source === "instance") return { candidates: found };
  return { candidates: found.filter(({ description }) => description === source) };
}

/** A path of this host, or one that begins with an instance that runs. */
async function copyCandidates(context: Context, word: string): Promise<Answer> {
  // Behind the colon it is the guest's, and asking it takes too long.
  if (/^[^/]*:/.test(word)) return { candidates: [] };
  const user = /^[^@/]*@/.exec(word)?.[0] ?? "";
  const candidates = (await namesWithState(context))
    .filter(({ description }) => description === "running")
    .map((each) => ({ ...each, value: `${user}${each.value}:` }));
  return { candidates, files: true, open: true };
}

/** Whether QEMU answers is not asked: that takes longer than a person waits for a word. */
async function namesWithState(context: Context): Promise<Candidate[]> {
  const { instanceFiles } = await import("../../core/paths.ts");
  const { realHost } = await import("../../core/host.ts");
  const { recordedProcess } = await import("../../core/instances/run_record.ts");
  const paths = await context.paths();
  const host = realHost();
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(paths.instances)) {
    // What else is there is no instance, whatever its name would do to a shell.
    if (isDirectory && /^[a-z][a-z0-9-]*$/i.test(name)) names.push(name);
  }
  return await Promise.all(
    names.sort().map(async (value): Promise<Candidate> => {
      const found = await recordedProcess(host, instanceFiles(paths, value)).catch(() => undefined);
      return { value, description: found ? "running" : "stopped" };
    }),
  );
}
