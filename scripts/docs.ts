/**
 * Writes what is made from the program itself: man pages, completion scripts, docs/commands.md and docs/json.md.
 *
 *     docs.ts    (deno task docs)
 */
import { dirname, join } from "node:path";
import { completionScript, SHELLS } from "../cmd/completions/shells.ts";
import { topicNames, topicText } from "../cmd/help/topics.ts";
import { RESULTS, VERSION } from "../cmd/schema/results.ts";
import manifest from "../deno.json" with { type: "json" };
import { documentedCommands } from "./commands.ts";
import { commandsPage } from "./commands_md.ts";
import { jsonPage } from "./json_md.ts";
import { manPages, type TopicText } from "./man.ts";
import { print } from "./terminal.ts";

/** The folders in which nothing else is. */
export const OWN_FOLDERS = ["packaging/man", "packaging/completions"] as const;

const SCRIPT_NAMES: Readonly<Record<typeof SHELLS[number], string>> = {
  bash: "cubic.bash",
  zsh: "_cubic",
  fish: "cubic.fish",
  powershell: "cubic.ps1",
  elvish: "cubic.elv",
};

/** Every generated file: its path from the root, and its text. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const commands = await documentedCommands();
  const topics = await Promise.all(
    topicNames().map(async (name): Promise<TopicText> => ({
      name,
      text: withoutTitle(await topicText(name) ?? ""),
    })),
  );
  const files = new Map([
    ["docs/commands.md", await formatted(commandsPage(commands))],
    ["docs/json.md", await formatted(jsonPage(RESULTS, VERSION))],
  ]);
  for (const [name, text] of manPages(commands, topics, manifest.version)) {
    files.set(`packaging/man/${name}`, text);
  }
  for (const shell of SHELLS) {
    files.set(`packaging/completions/${SCRIPT_NAMES[shell]}`, await completionScript(shell));
  }
  return files;
}

/** The name of the topic is the title of its section. */
function withoutTitle(text: string): string {
  return text.replace(/^.*\n\n/, "");
}

/** As the gate wants it. */
async function formatted(markdown: string): Promise<string> {
  const config = join(import.meta.dirname ?? ".", "..", "deno.json");
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", config, "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { code, stdout } = await process.output();
  if (code !== 0) throw new Error("deno fmt can't read what was made");
  return new TextDecoder().decode(stdout);
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname ?? ".", "..");
  for (const folder of OWN_FOLDERS) {
    await Deno.remove(join(root, folder), { recursive: true }).catch(() => {});
  }
  const files = await generatedFiles();
  for (const [path, text] of files) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  print(`Wrote ${files.size} files`);
}

if (import.meta.main) await main();
