/**
 * Making a cloud image out of a distribution's package archive, for networks that reach a package mirror and
 * nothing else. The steps: root file system (build_root.ts), disk (build_disk.ts), store (store.ts).
 */
import { dirname, join, resolve } from "node:path";
import type { App } from "../app.ts";
import { ensureDir, removeIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../lock.ts";
import type { Operation } from "../progress.ts";
import { makeDisk } from "./build_disk.ts";
import { aptSources, type Archive, archiveOf, buildable } from "./build_mirror.ts";
import { makeRoot } from "./build_root.ts";
import { type BuildTools, findBuildTools } from "./build_tools.ts";
import { digestFile } from "./digest.ts";
import { withIncoming } from "./incoming.ts";
import { type ImageName, imageNames, type ImageTarget, releaseWord } from "./name.ts";
import type { StoredImage } from "./sidecar.ts";
import { requireSpace } from "./space.ts";
import { addImage } from "./store.ts";
import { findTarget } from "./target.ts";

/** Which image to build. */
export interface BuildRequest {
  /** A bare distro means its stable release, no architecture this host's. */
  readonly image: ImageName;
  /** The base URL of the package mirror; the host's own or the public one when undefined. */
  readonly mirror?: string | undefined;
  /** Packages to install beside the usual ones. */
  readonly packages?: readonly string[] | undefined;
  /** A file to copy the image to as well. */
  readonly output?: string | undefined;
}

const GIB = 1024 ** 3;
/** Tar (0.8 GB), raw disk (0.6), package files (0.3) and the result (0.2), with some air. */
const SPACE_NEEDED = 3 * GIB;

/**
 * Builds an image and stores it under the names a downloaded one would have. Nothing it makes on the way
 * outlives it, but for the package files, which make the next build faster.
 * @throws CubicError "host-unsupported", "tool-missing", "image-not-found", "build-failed", "disk-full",
 * "invalid-value", "interrupted".
 */
export async function buildImage(
  app: App,
  request: BuildRequest,
  operation: Operation,
): Promise<StoredImage> {
  const target = await buildTarget(app, request, operation);
  const packages = checkedPackages(request.packages ?? []);
  const mirror = request.mirror === undefined ? undefined : checkedMirror(request.mirror);
  const tools = await findBuildTools(app.host);
  await requireKeyring(target.archive);
  await ensureDir(app.paths.cache);
  await requireSpace(app.paths.cache, SPACE_NEEDED, "build the image");

  await using _lock = await onlyBuild(app, target.id, operation);
  const work = await workDirectory(app);
  try {
    return await build(
      app,
      tools,
      { target, packages, mirror, work, output: request.output },
      operation,
    );
  } catch (error) {
    throw describeFailure("build the image", error);
  } finally {
    await removeIfThere(work);
  }
}

interface Plan {
  readonly target: BuildTarget;
  readonly packages: readonly string[];
  readonly mirror: string | undefined;
  readonly work: string;
  readonly output: string | undefined;
}

async function build(
  app: App,
  tools: BuildTools,
  { target, packages, mirror, work, output }: Plan,
  operation: Operation,
): Promise<StoredImage> {
  const { archive, arch, release, id } = target;
  const codename = releaseWord(release);
  const tar = join(work, "root.tar");
  const file = join(work, "image.qcow2");

  operation.report({ kind: "step", text: "Looking for the package mirror" });
  const request = { archive, codename, mirror };
  const sources = await aptSources(app.host, request, operation.signal);
  operation.report({ kind: "note", text: `Building ${id} from ${sources[0]?.uri}` });

  const debs = join(app.paths.cache, "apt", id.replaceAll(":", "-"));
  await makeRoot(
    app.host,
    tools,
    { archive, codename, arch, sources, packages, debs, tar },
    operation,
  );
  await makeDisk(app.host, tools, { id, arch, tar, work, output: file }, operation);

  operation.report({ kind: "step", text: "Storing the image" });
  if (output !== undefined) await copyTo(file, resolve(output));
  return await storeBuilt(app, target, file, operation);
}

interface BuildTarget extends ImageTarget {
  readonly archive: Archive;
}

async function buildTarget(
  app: App,
  { image }: BuildRequest,
  operation: Operation,
): Promise<BuildTarget> {
  const target = await findTarget(app, image, operation);
  const archive = archiveOf(target.distro.name);
  if (!archive) {
    throw new CubicError("image-not-found", `Cannot build an image of ${target.distro.title}`, {
      hint: `Images can be built of: ${buildable().join(", ")}. ` +
        `For others: \`cubic create NAME --image ${target.distro.name}\` downloads one.`,
    });
  }
  if (target.arch !== app.host.arch) {
    throw new CubicError(
      "host-unsupported",
      `Cannot build for ${target.arch} on ${app.host.arch}`,
      {
        hint: `Build it on a ${target.arch} host, or download one: ` +
          `\`cubic create NAME --image ${target.id}\`.`,
      },
    );
  }
  return { ...target, archive };
}

/** Package names go to a program's command line: they must be names (Debian Policy 5.6.1), not options. */
function checkedPackages(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !/^[a-z0-9][a-z0-9+.-]+$/.test(name));
  if (wrong === undefined) return names;
  throw new CubicError("invalid-value", `Cannot read ${JSON.stringify(wrong)} as a package name`, {
    hint: "Give one name for each --package.",
  });
}

function checkedMirror(text: string): string {
  if (/^(https?|file):\/\/\S+$/.test(text)) return text;
  throw new CubicError("invalid-value", `Cannot read ${JSON.stringify(text)} as a mirror`, {
    hint: "Give the URL of the directory that holds `dists`, as in https://mirror.example/debian.",
  });
}

async function requireKeyring({ id, keyring }: Archive): Promise<void> {
  try {
    await Deno.stat(keyring);
  } catch {
    throw new CubicError("tool-missing", `Cannot verify packages of ${id}: ${keyring} not found`, {
      hint: `Install the keys with:\n  sudo apt-get install -y ${id}-${
        id === "ubuntu" ? "" : "archive-"
      }keyring\nor get that file from a ${id} machine.`,
    });
  }
}

/** One build at a time: each wants every processor, and the leftovers of a killed one can go. */
async function onlyBuild(app: App, id: string, { report, signal }: Operation): Promise<Lock> {
  const purpose = `building ${id}`;
  const lock = await tryAcquireLock(app.paths, "image-build", purpose);
  if (lock) return lock;
  report({ kind: "step", text: "Waiting for another build to end" });
  return await acquireLock(app.paths, "image-build", { signal, purpose, waitMs: 3_600_000 });
}

async function workDirectory({ paths }: App): Promise<string> {
  const parent = join(paths.cache, "build");
  await removeIfThere(parent);
  await ensureDir(parent);
  return await Deno.makeTempDir({ dir: parent });
}

async function copyTo(file: string, output: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(output), { recursive: true });
    await Deno.copyFile(file, output);
    await Deno.chmod(output, 0o644);
  } catch (error) {
    throw describeFailure(`copy the image to ${output}`, error);
  }
}

async function storeBuilt(
  app: App,
  target: BuildTarget,
  file: string,
  { signal }: Operation,
): Promise<StoredImage> {
  const { distro, release, arch } = target;
  const digest = await digestFile(file, "sha256", signal);
  const image = {
    file,
    checksum: { algorithm: "sha256", digest },
    now: app.host.now(),
    facts: {
      names: imageNames(target),
      distro: distro.name,
      release: releaseWord(release),
      ...(release.codename !== undefined && { codename: release.codename }),
      version: release.version,
      arch,
      source: "built",
      verified: "built",
    },
  } as const;
  return await withIncoming(app, `storing ${target.id}`, signal, () => addImage(app.paths, image));
}
