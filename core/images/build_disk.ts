/**
 * The disk of a built image: a GPT with the EFI system partition first and the root partition last, so that the
 * root can grow with the disk; numbered as in Debian's own cloud images (root 1, ESP 15).
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Arch, Host } from "../host.ts";
import type { Operation } from "../progress.ts";
import { BOOT_LOADER, efiFile, ROOT_LABEL } from "./build_guest.ts";
import { type BuildTools, namespaceArgs, runTool } from "./build_tools.ts";

const MIB = 1024 * 1024;
const SECTOR = 512;

/** Where the partitions are, in bytes. */
export interface DiskLayout {
  readonly size: number;
  readonly espStart: number;
  readonly espSize: number;
  readonly rootStart: number;
  readonly rootSize: number;
}

/** Type GUIDs of the Discoverable Partitions Specification (uapi-group.org). */
const ESP_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
const ROOT_TYPE: Readonly<Record<Arch, string>> = {
  amd64: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
  arm64: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
};

/**
 * ext4 as every kernel and boot loader of the supported releases reads it; a newer mke2fs has defaults that
 * GRUB 2.06 can't open (metadata_csum_seed, orphan_file).
 */
const EXT4_FEATURES = [
  "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super",
  "large_file,huge_file,dir_nlink,extra_isize,metadata_csum",
].join(",");

/** What to make a disk of. */
export interface DiskRequest {
  /** Names the image, and so seeds the file system's UUID. */
  readonly id: string;
  readonly arch: Arch;
  readonly tar: string;
  /** An empty directory for what is made on the way. */
  readonly work: string;
  /** The qcow2 file to write. */
  readonly output: string;
}

/**
 * Makes the compressed qcow2 disk out of the root file system's tar, and checks it.
 * @throws CubicError "build-failed" with the tool's last lines, "disk-full", "interrupted".
 */
export async function makeDisk(
  host: Host,
  tools: BuildTools,
  request: DiskRequest,
  operation: Operation,
): Promise<void> {
  const { programs } = tools;
  const { signal, report } = operation;
  const raw = join(request.work, "disk.raw");
  const loader = join(request.work, "boot.efi");
  const layout = diskLayout((await Deno.stat(request.tar)).size);
  const run = (action: string, command: readonly string[]): Promise<string> =>
    runTool(host, action, command, {
      signal,
      onLine: (text) => report({ kind: "debug", text }),
      // mtools would refuse a disk whose geometry no floppy ever had.
      env: { MTOOLS_SKIP_CHECK: "1" },
    });

  report({ kind: "step", text: "Making the root file system" });
  await Deno.truncate(await emptyFile(raw), layout.size);
  await run("make the root file system", rootCommand(tools, request, raw, loader, layout));

  report({ kind: "step", text: "Making partitions and boot loader" });
  const table = join(request.work, "partitions");
  await Deno.writeTextFile(table, partitionTable(layout, request.arch));
  await run("partition the disk", [
    "sh",
    "-c",
    '"$1" --quiet "$2" < "$3"',
    "sh",
    programs.sfdisk,
    raw,
    table,
  ]);
  const esp = `${raw}@@${layout.espStart}`;
  await run("make the EFI partition", [
    programs.mformat,
    ...["-i", esp, "-v", "ESP", "-h", "64", "-s", "32"],
    ...["-H", String(layout.espStart / SECTOR), "-T", String(layout.espSize / SECTOR), "::"],
  ]);
  await run("make the EFI partition", [programs.mmd, "-i", esp, "::EFI", "::EFI/BOOT"]);
  await run("install the boot loader", [
    programs.mcopy,
    ...["-i", esp, loader, `::EFI/BOOT/${efiFile(request.arch)}`],
  ]);

  report({ kind: "step", text: "Checking the disk" });
  await run("check the root file system", [
    programs.e2fsck,
    "-fn",
    `${raw}?offset=${layout.rootStart}`,
  ]);
  await run("check the partitions", [programs.sfdisk, "--verify", "--quiet", raw]);

  report({ kind: "step", text: "Compressing the disk" });
  await run("compress the disk", [
    programs["qemu-img"],
    ...["convert", "-c", "-W", "-m", "8", "-f", "raw", "-O", "qcow2", raw, request.output],
  ]);
  await run("check the image", [
    programs["qemu-img"],
    "check",
    "-q",
    "-f",
    "qcow2",
    request.output,
  ]);
}

/** Room for the files and 1 GiB for the guest to start with, 2 GiB at least, in whole GiB. */
export function diskLayout(contentBytes: number): DiskLayout {
  const gib = 1024 * MIB;
  const size = Math.max(2, Math.ceil((contentBytes * 1.1 + 1088 * MIB) / gib)) * gib;
  const rootStart = 64 * MIB;
  // The last MiB holds the backup partition table.
  const rootSize = size - rootStart - MIB;
  return { size, espStart: MIB, espSize: rootStart - MIB, rootStart, rootSize };
}

/** The input of sfdisk(8). */
function partitionTable(layout: DiskLayout, arch: Arch): string {
  const sectors = (bytes: number): number => bytes / SECTOR;
  const { espStart, espSize, rootStart, rootSize } = layout;
  return [
    "label: gpt",
    `1 : start=${sectors(rootStart)}, size=${sectors(rootSize)}, type=${
      ROOT_TYPE[arch]
    }, name=root`,
    `15 : start=${sectors(espStart)}, size=${sectors(espSize)}, type=${ESP_TYPE}, name=ESP`,
    "",
  ].join("\n");
}

/**
 * Unpacks the tar in memory, inside namespaces where a plain user may own every file, and copies the tree into
 * the partition. The memory file system goes with the namespace, whatever ends it; /dev is left empty,
 * because a user namespace can't make device files and the kernel mounts its own.
 */
function rootCommand(
  tools: BuildTools,
  request: DiskRequest,
  raw: string,
  loader: string,
  layout: DiskLayout,
): string[] {
  const { unshare, tar, mke2fs } = tools.programs;
  return [
    unshare,
    ...namespaceArgs(tools),
    ...["sh", "-c", ROOT_SCRIPT, "sh"],
    ...[request.work, request.tar, raw, loader, tar, mke2fs],
    ...["-q", "-F", "-t", "ext4", "-O", EXT4_FEATURES, "-b", "4096", "-m", "1"],
    ...["-L", ROOT_LABEL, "-U", uuidOf(request.id)],
    ...["-E", `offset=${layout.rootStart},lazy_itable_init=0,lazy_journal_init=0`],
    ...["-d", join(request.work, "root"), raw, `${layout.rootSize / 1024}k`],
  ];
}

/** Arguments: work directory, tar file, disk, where to put the boot loader, tar, mke2fs and its arguments. */
const ROOT_SCRIPT = `set -eu
work=$1 archive=$2 disk=$3 loader=$4 tar=$5
shift 5
child=
# A child in the foreground would outlive an interrupted shell.
run() { "$@" & child=$!; wait "$child"; }
trap 'kill $child 2>/dev/null; exit 143' TERM INT HUP
mkdir "$work/root"
mount -t tmpfs -o mode=0755,size=90% cubic-build "$work/root"
run "$tar" -C "$work/root" --numeric-owner --xattrs '--xattrs-include=security.*' '--exclude=./dev/*' -xpf "$archive"
mv "$work/root/${BOOT_LOADER}" "$loader"
run "$@"
`;

async function emptyFile(path: string): Promise<string> {
  (await Deno.open(path, { createNew: true, write: true, mode: 0o600 })).close();
  return path;
}

/** A UUID (version 8, RFC 9562) that is the same for the same image name. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
    .join("-") + `-${hex.slice(20, 32)}`;
}
