/** The root file system of a built image as a tar file, made of packages by mmdebstrap. */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { ensureDir, removeIfThere, statIfThere } from "../atomic.ts";
import type { Host } from "../host.ts";
import type { Operation } from "../progress.ts";
import { quoteWord } from "../shell_word.ts";
import { guestPackages, type GuestRequest, guestScript } from "./build_guest.ts";
import type { AptSource } from "./build_mirror.ts";
import { type BuildTools, namespaceArgs, runTool } from "./build_tools.ts";

/** What the root file system is made of, and where. */
export interface RootRequest extends GuestRequest {
  readonly sources: readonly AptSource[];
  /** Package files kept between builds. */
  readonly debs: string;
  /** The tar file to write. */
  readonly tar: string;
}

/**
 * Makes the tar. apt checks every package against the archive's signed index.
 * @throws CubicError "build-failed" with mmdebstrap's last lines, "disk-full", "interrupted".
 */
export async function makeRoot(
  host: Host,
  tools: BuildTools,
  request: RootRequest,
  operation: Operation,
): Promise<void> {
  const fresh = `${request.debs}.new`;
  await removeIfThere(fresh);
  await ensureDir(request.debs);
  await ensureDir(fresh);
  const args = [...mmdebstrapArgs(tools, request, fresh), ...await proxyOptions(host)];
  const scratch = await scratchDirectory(host, tools, request.debs);
  try {
    const command = [...processBox(tools), tools.programs.mmdebstrap, ...args] as const;
    await runTool(host, "install the packages of the image", command, {
      signal: operation.signal,
      // In the environment, or mmdebstrap would print all of it in its log.
      env: { TMPDIR: scratch, CUBIC_GUEST_SCRIPT: guestScript(request) },
      onLine: (line) => reportLine(line, operation),
    });
  } finally {
    await removeScratch(host, tools, scratch);
  }
  // Only what this build used is kept, so that old kernels do not pile up.
  await removeIfThere(request.debs);
  await Deno.rename(fresh, request.debs);
}

/**
 * Under TMPDIR, because a plain user's home may be closed to the ids of the user namespace. Its name depends on where
 * this cubic keeps package files, and one build runs there at a time: what is found was left by a killed one.
 */
async function scratchDirectory(host: Host, tools: BuildTools, debs: string): Promise<string> {
  const owner = createHash("sha256").update(dirname(debs)).digest("hex").slice(0, 12);
  const dir = join(host.env("TMPDIR") ?? "/tmp", `cubic-build-${Deno.uid()}-${owner}`);
  if (await statIfThere(dir)) await removeScratch(host, tools, dir);
  await Deno.mkdir(dir);
  await Deno.chmod(dir, 0o711);
  return dir;
}

/** mmdebstrap can't clean up when it is killed; the files may have owners of the namespace. */
async function removeScratch(host: Host, tools: BuildTools, scratch: string): Promise<void> {
  const remove = ["rm", "-rf", "--one-file-system", scratch];
  for (let attempt = 0; attempt < 10; attempt++) {
    const { code } = await host.run(tools.programs.unshare, [...namespaceArgs(tools), ...remove]);
    if (code === 0) return;
    // A process that was killed a moment ago may still have written.
    await host.sleep(200);
  }
}

/**
 * What to run mmdebstrap in. Its dpkg and their scripts are many processes: a session of their own, ended as one when
 * the shell is told to, or when cubic is gone without a word. As root also a mount namespace, so that /proc and /dev
 * under the new root are gone with them; for a plain user mmdebstrap makes its own.
 */
function processBox({ mode, programs }: BuildTools): string[] {
  const session = [programs.setsid, "sh", "-c", GUARDED, "sh"];
  return mode === "root" ? [...session, programs.unshare, "--mount"] : session;
}

const GUARDED = `parent=$PPID
trap 'kill -KILL 0' TERM INT HUP
"$@" & work=$!
(while kill -0 "$parent" 2>/dev/null; do sleep 1; done; kill -KILL 0) >/dev/null 2>&1 & guard=$!
wait "$work"
status=$?
kill -KILL "$guard" 2>/dev/null
exit "$status"
`;

function mmdebstrapArgs(tools: BuildTools, request: RootRequest, fresh: string): string[] {
  const { archive, arch, codename, debs, sources, tar } = request;
  const archives = "/var/cache/apt/archives";
  return [
    `--mode=${tools.mode}`,
    "--variant=important",
    `--architectures=${arch}`,
    "--format=tar",
    `--include=${guestPackages(request).join(",")}`,
    `--keyring=${archive.keyring}`,
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    // Without it the essential packages are deleted before sync-out could keep them.
    "--skip=essential/unlink",
    `--setup-hook=mkdir -p "$1${archives}"`,
    `--setup-hook=sync-in ${quoteWord(debs)} ${archives}`,
    '--customize-hook=sh -c "$CUBIC_GUEST_SCRIPT" sh "$1"',
    '--customize-hook=APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get -q autoclean',
    `--customize-hook=sync-out ${archives} ${quoteWord(fresh)}`,
    codename,
    tar,
    ...sources.map(({ uri, suite, components }) => `deb ${uri} ${suite} ${components}`),
  ];
}

/** mmdebstrap hides the host's apt settings from its apt; a proxy is the one it can't do without. */
async function proxyOptions(host: Host): Promise<string[]> {
  try {
    const { stdout } = await host.run("apt-config", ["dump"]);
    const lines = stdout.split("\n").filter((line) =>
      /^Acquire::https?::Proxy "[^"]+"/i.test(line)
    );
    return lines.map((line) => `--aptopt=${line.replace(/;\s*$/, "")}`);
  } catch {
    return [];
  }
}

/** mmdebstrap's own stages, in words; the others are detail. */
const STAGES: readonly (readonly [RegExp, string])[] = [
  [/^I: running apt-get update/, "Reading the package lists"],
  [/^I: downloading packages/, "Downloading the base system"],
  [/^I: extracting archives/, "Unpacking the base system"],
  [/^I: installing essential packages/, "Installing the base system"],
  [/^I: installing remaining packages/, "Installing kernel, cloud-init and SSH server"],
  [/^I: running --customize-hook.*CUBIC_GUEST_SCRIPT/, "Configuring the guest"],
  [/^I: cleaning package lists/, "Cleaning up the guest"],
];

function reportLine(line: string, { report }: Operation): void {
  const text = STAGES.find(([pattern]) => pattern.test(line))?.[1];
  report(text ? { kind: "step", text } : { kind: "debug", text: line });
}
