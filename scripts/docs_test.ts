import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { generatedFiles, OWN_FOLDERS } from "./docs.ts";
import { manPages } from "./man.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

Deno.test("what is generated is what the program says now: `deno task docs` writes it anew", async () => {
  const files = await generatedFiles();
  const stale: string[] = [];
  for (const [path, text] of files) {
    const there = await Deno.readTextFile(join(ROOT, path)).catch(() => undefined);
    if (there !== text) stale.push(path);
  }
  deepEqual(stale, []);
  for (const folder of OWN_FOLDERS) {
    for await (const { name } of Deno.readDir(join(ROOT, folder))) {
      equal(files.has(`${folder}/${name}`), true, `${folder}/${name} is of no command any more`);
    }
  }
});

Deno.test("roff warns of no man page", async () => {
  const files = await generatedFiles();
  const pages = [...files].filter(([path]) => path.endsWith(".1"));
  for (const [path, text] of pages) equal(await groffWarnings(text), "", path);
});

Deno.test("a man page shows text as it is typed, whatever roff would make of it", async () => {
  const command = {
    ...{ path: "cubic x", aliases: ["y"], summary: "do it", description: ".so /etc/passwd" },
    ...{ usage: "[options]", arguments: [], globalOptions: [], commands: [] },
    options: [{ term: "--a-b", description: "'quoted' \\fBnot bold…" }],
    notes: "\nExamples:\n  cubic x '~/.*' | `y`\n.TH",
  };
  const [text = ""] = [...manPages([command], [], "1.0").values()];
  equal(await groffWarnings(text), "");
  const shown = await groff(text, ["-Tutf8"]);
  match(shown, /\.so \/etc\/passwd/);
  match(shown, /--a-b\s+'quoted' \\fBnot bold…/);
  match(shown, /^ +cubic x '~\/\.\*' \| `y`\n *\.TH$/m);
});

async function groffWarnings(page: string): Promise<string> {
  return await groff(page, ["-ww", "-z", "-Tutf8"]);
}

/** What groff prints, warnings included, without the codes for bold. */
async function groff(page: string, args: readonly string[]): Promise<string> {
  const process = new Deno.Command("groff", {
    args: ["-man", "-P-c", "-P-b", "-P-u", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { stdout, stderr } = await process.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
