/** Reading an ISO 9660 image back with a tool that is not ours. */
import { join } from "node:path";

/** The files of an image by name, as xorriso extracts them, and its volume label. */
export async function readIso(
  image: Uint8Array,
): Promise<{ readonly label: string; readonly files: Readonly<Record<string, Uint8Array>> }> {
  const dir = await Deno.makeTempDir();
  try {
    const path = join(dir, "image.iso");
    await Deno.writeFile(path, image);
    const report = await xorriso("-indev", path, "-pvd_info");
    const label = /^Volume Id\s*:\s*(.*)$/m.exec(report)?.[1]?.trim() ?? "";
    await xorriso("-osirrox", "on", "-indev", path, "-extract", "/", join(dir, "out"));
    const files: Record<string, Uint8Array> = {};
    for await (const { name } of Deno.readDir(join(dir, "out"))) {
      files[name] = await Deno.readFile(join(dir, "out", name));
    }
    // The directory as extracted is not writable, as it is not on the image.
    await Deno.chmod(join(dir, "out"), 0o700);
    return { label, files };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What an independent reader has to say against an image; empty when nothing. */
export async function isoFaults(image: Uint8Array): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".iso" });
  try {
    await Deno.writeFile(path, image);
    const report = await xorriso("-indev", path, "-check_media", "--");
    return report.split("\n").filter((line) => /FAILURE|SORRY|FATAL|MISHAP/.test(line));
  } finally {
    await Deno.remove(path);
  }
}

async function xorriso(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("xorriso", {
    args,
    stdin: "null",
    env: { LC_ALL: "C" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`xorriso ${args.join(" ")} ended with ${code}:\n${text}`);
  return text;
}
