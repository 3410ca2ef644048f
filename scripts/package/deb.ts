/**
 * Makes Debian packages of compiled programs.
 *
 *     deb.ts --arch amd64|arm64 [--program FILE] [--output DIRECTORY] [--maintainer "NAME <MAIL>"] [--homepage URL]
 *
 * The program is dist/cubic-VERSION-linux-… when left out, the package goes into dist/ and its SHA256SUMS. The same
 * program and SOURCE_DATE_EPOCH give the same bytes. Needs dpkg-deb.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import manifest from "../../deno.json" with { type: "json" };
import { programName } from "../compile/targets.ts";
import { addSums } from "../sha256sums.ts";
import { complain, print } from "../terminal.ts";
import {
  changelogFile,
  controlFile,
  copyrightFile,
  type DebArch,
  debVersion,
} from "./deb_fields.ts";
import { sourceEpoch } from "./epoch.ts";
import { type PackedFile, runPacker, withTree } from "./tree.ts";

/** What to pack, and where to put it. */
export interface DebRequest {
  readonly root: string;
  readonly program: string;
  readonly output: string;
  readonly version: string;
  readonly arch: DebArch;
  readonly maintainer: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly homepage?: string | undefined;
}

/** What a package is called (Debian's own way of naming). */
export function debName(version: string, arch: DebArch): string {
  return `cubic_${debVersion(version)}_${arch}.deb`;
}

/** Makes the package. */
export async function packDeb(request: DebRequest): Promise<void> {
  const files = await installedFiles(request);
  const installedSize = await sizeOf(files);
  const control = controlFile({ ...request, installedSize });
  const all = new Map([
    ...files,
    ["DEBIAN/control", { content: control }],
    ["DEBIAN/md5sums", { content: await md5sums(files) }],
  ]);
  await withTree(all, async (directory) => {
    const args = ["--root-owner-group", "-Zxz", "--build", directory, request.output];
    await runPacker("dpkg-deb", args, { SOURCE_DATE_EPOCH: String(request.epoch) });
  });
}

async function installedFiles(request: DebRequest): Promise<Map<string, PackedFile>> {
  const { root, program } = request;
  const text = (path: string): Promise<string> => Deno.readTextFile(join(root, path));
  const documents = "usr/share/doc/cubic";
  const files = new Map<string, PackedFile>([
    ["usr/bin/cubic", { content: { copyOf: program }, mode: 0o755 }],
    [`${documents}/copyright`, { content: copyrightFile(await text("LICENSE")) }],
    [`${documents}/changelog.gz`, zipped(changelogFile({ ...request, installedSize: 0 }))],
    [`${documents}/CHANGELOG.md.gz`, zipped(await text("CHANGELOG.md"))],
  ]);
  const completions = {
    "cubic.bash": "usr/share/bash-completion/completions/cubic",
    "_cubic": "usr/share/zsh/vendor-completions/_cubic",
    "cubic.fish": "usr/share/fish/vendor_completions.d/cubic.fish",
  };
  for (const [name, path] of Object.entries(completions)) {
    files.set(path, { content: await text(`packaging/completions/${name}`) });
  }
  const pages = await Array.fromAsync(
    Deno.readDir(join(root, "packaging/man")),
    ({ name }) => name,
  );
  for (const name of pages.sort()) {
    files.set(`usr/share/man/man1/${name}.gz`, zipped(await text(`packaging/man/${name}`)));
  }
  return files;
}

/** Without a time or a name, as Debian wants it. */
function zipped(text: string): PackedFile {
  return { content: gzipSync(text, { level: 9 }) };
}

async function bytesOf({ content }: PackedFile): Promise<Uint8Array> {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return content instanceof Uint8Array ? content : await Deno.readFile(content.copyOf);
}

/** KiB, each file rounded up (Debian Policy 5.6.20). */
async function sizeOf(files: ReadonlyMap<string, PackedFile>): Promise<number> {
  let size = 0;
  for (const file of files.values()) size += Math.ceil((await bytesOf(file)).length / 1024);
  return size;
}

async function md5sums(files: ReadonlyMap<string, PackedFile>): Promise<string> {
  const lines: string[] = [];
  for (const [path, file] of files) {
    lines.push(`${createHash("md5").update(await bytesOf(file)).digest("hex")}  ${path}\n`);
  }
  return lines.join("");
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      arch: { type: "string", default: "" },
      program: { type: "string" },
      output: { type: "string" },
      maintainer: { type: "string", default: "The cubic authors <cubic@localhost>" },
      homepage: { type: "string" },
    },
  });
  const { arch, maintainer, homepage } = values;
  if (arch !== "amd64" && arch !== "arm64") {
    complain("--arch takes amd64 or arm64.");
    return 2;
  }
  const root = join(import.meta.dirname ?? ".", "..", "..");
  const { version } = manifest;
  const system = { os: "linux", arch: arch === "amd64" ? "x86_64" : "aarch64" } as const;
  const program = values.program ?? join(root, "dist", programName(version, system));
  const directory = values.output ?? join(root, "dist");
  const name = debName(version, arch);
  const output = join(directory, name);
  const epoch = await sourceEpoch(root);
  await packDeb({ root, program, output, version, arch, maintainer, epoch, homepage });
  await addSums(directory, [name]);
  print(`Packed ${name}`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
