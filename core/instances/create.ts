/** Making an instance: everything is put together in a hidden directory and appears by one rename. */
import { basename, join } from "node:path";
import type { App } from "../app.ts";
import { seedImage } from "../cloudinit/seed.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { ensureDir, removeIfThere, statIfThere, syncPath, writeNewFile } from "../atomic.ts";
import { ensureImage, type EnsureOptions } from "../images/ensure.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { instanceName, userName } from "../names.ts";
import { filesIn } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { createOverlay } from "../qemu/img.ts";
import type { PortForward } from "../qemu/machine.ts";
import { formatSize } from "../size.ts";
import { generateKeyPair } from "../ssh/keys.ts";
import type { GuestFacts } from "../../plugins/contract.ts";
import { cpuLevelWarning, hostCpuLevel } from "./cpu_level.ts";
import { formatInstance, type Instance } from "./instance.ts";
import { checkForwards, lockPorts, pickSshPort } from "./ports.ts";
import { checkResources, DEFAULT_DISK, defaultResources, hostResources } from "./resources.ts";
import {
  beginInstance,
  instanceExists,
  lockInstance,
  publishInstance,
  sweepLeftovers,
} from "./store.ts";

/** What to make; what is left out gets its default. */
export interface CreateRequest {
  readonly name: string;
  /** An image name: `debian`, `debian:12`, `ubuntu:24.04:amd64`; or a URL, or the path of a file. */
  readonly image: string;
  /** The SHA-256 the image must have; needed when it is a URL. */
  readonly sha256?: string;
  /** Take only an image whose vendor's signature was checked. */
  readonly requireSignature?: boolean;
  readonly user?: string;
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly disk?: number;
  readonly forwards?: readonly PortForward[];
  readonly isolate?: boolean;
  /** A shell command to run once, as root, at the end of the first boot. */
  readonly execute?: string;
}

/**
 * Makes an instance and returns it; it is not started.
 * @throws CubicError "instance-exists", "invalid-name", "invalid-value", "locked", those of `ensureImage`.
 */
export async function createInstance(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<Instance> {
  const name = instanceName(request.name);
  const user = request.user === undefined ? defaultUser(app.host) : userName(request.user);
  // What can't work is said before anything is downloaded for it; what may be slow, after.
  chooseResources(request, 0, { ...operation, report: () => {} });
  checkForwards(request.forwards ?? []);
  await requireNew(app, name);
  await sweepLeftovers(app.paths);
  const image = await ensureImage(app, request.image, operation, imageOptions(request));
  const disk = chooseDisk(request, image);
  const guest = guestFacts(app, image);
  const resources = chooseResources(request, guest.minimumMemory, operation);
  const tooOld = cpuLevelWarning(image.cpuLevel ?? 1, await hostCpuLevel(app.host));
  if (tooOld !== undefined) operation.report({ kind: "warning", text: tooOld });

  await ensureDir(app.paths.instances);
  await using _lock = await lockInstance(app.paths, name, "create", operation.signal);
  await requireNew(app, name);
  const dir = await beginInstance(app.paths, name);
  try {
    const draft: Omit<Instance, "sshPort"> = {
      name,
      uuid: crypto.randomUUID(),
      created: new Date(app.host.now()).toISOString(),
      image: [image.distro, image.release, image.arch].join(":"),
      imageDigest: `${image.checksum.algorithm}-${image.checksum.digest}`,
      arch: image.arch,
      firmware: image.firmware ?? "uefi",
      user,
      ...resources,
      disk,
      mac: randomMac(),
      forwards: request.forwards ?? [],
      isolate: request.isolate ?? false,
    };
    const work = [
      writeKeysAndSeed(dir, draft, guest, request.execute),
      createDisk(app, filesIn(dir).disk, image, disk),
    ];
    // Both have to end before a failure of one removes the directory under the other.
    await Promise.allSettled(work);
    await Promise.all(work);
    return await publish(app, dir, draft, image, operation);
  } catch (error) {
    await removeIfThere(dir);
    throw describeFailure(`create "${name}"`, error);
  }
}

/**
 * The port is chosen and the instance made visible under one lock, so that nobody else gets the same port, and nobody
 * removes the image from under it.
 */
async function publish(
  app: App,
  dir: string,
  draft: Omit<Instance, "sshPort">,
  image: StoredImage,
  { signal }: Operation,
): Promise<Instance> {
  await using _ports = await lockPorts(app.paths, signal);
  await requireImage(image);
  const instance = { ...draft, sshPort: await pickSshPort(app.paths, draft.forwards) };
  await writeNewFile(filesIn(dir).config, formatInstance(instance));
  await publishInstance(app.paths, dir, draft.name);
  return instance;
}

async function writeKeysAndSeed(
  dir: string,
  draft: Pick<Instance, "name" | "uuid" | "user" | "mac">,
  guest: GuestFacts,
  execute: string | undefined,
): Promise<void> {
  const files = filesIn(dir);
  const client = await generateKeyPair(`cubic-${draft.name}`);
  const host = await generateKeyPair(`${draft.name}-host-key`);
  const seed = seedImage({
    instanceId: draft.uuid,
    hostName: draft.name,
    user: draft.user,
    mac: draft.mac,
    authorizedKey: client.publicKey,
    hostKey: host,
    guest,
    ...(execute !== undefined && { execute }),
  });
  await Promise.all([
    writeNewFile(files.clientKey, client.privateKey),
    writeNewFile(`${files.clientKey}.pub`, client.publicKey + "\n"),
    writeNewFile(files.hostKey, host.publicKey + "\n"),
    writeNewFile(files.seed, seed),
  ]);
}

async function createDisk(
  { host }: App,
  path: string,
  image: StoredImage,
  size: number,
): Promise<void> {
  // Relative to the overlay, so that a data directory can be moved as a whole.
  await createOverlay(host, path, join("..", "..", "images", basename(image.path)), size);
  await syncPath(path);
}

async function requireImage({ path, names }: StoredImage): Promise<void> {
  if (await statIfThere(path)) return;
  throw new CubicError("image-not-found", `Cannot use the image ${names[0]}: it was removed`, {
    hint: "Try again to download it.",
  });
}

function imageOptions({ sha256, requireSignature }: CreateRequest): EnsureOptions {
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(requireSignature !== undefined && { requireSignature }),
  };
}

/** What its distro says of its guests; of a file of the user's nothing is known. */
function guestFacts({ distros }: App, { distro }: StoredImage): GuestFacts {
  return distros.find(({ name }) => name === distro)?.guest ?? { minimumMemory: 0 };
}

async function requireNew(app: App, name: string): Promise<void> {
  if (!(await instanceExists(app.paths, name))) return;
  throw new CubicError("instance-exists", `Cannot create "${name}": there is one already`, {
    hint: `\`cubic ssh ${name}\` opens a shell in it, \`cubic delete ${name}\` removes it.`,
  });
}

function chooseResources(
  request: CreateRequest,
  minimumMemory: number,
  { report }: Operation,
): Pick<Instance, "cpus" | "memory"> {
  const host = hostResources();
  const defaults = defaultResources(host);
  const wanted = {
    cpus: request.cpus ?? defaults.cpus,
    memory: request.memory ?? Math.max(defaults.memory, minimumMemory),
  };
  const warning = checkResources(wanted, host) ??
    (wanted.memory < minimumMemory
      ? `This image wants ${formatSize(minimumMemory)} of memory; it may not boot with ` +
        `${formatSize(wanted.memory)}.`
      : undefined);
  if (warning !== undefined) report({ kind: "warning", text: warning });
  return wanted;
}

function chooseDisk(request: CreateRequest, image: StoredImage): number {
  const wanted = request.disk ?? Math.max(DEFAULT_DISK, image.virtualSize);
  if (wanted >= image.virtualSize) return Math.ceil(wanted / 512) * 512;
  throw new CubicError(
    "invalid-value",
    `Cannot make a disk of ${formatSize(wanted)}: the image needs ${formatSize(image.virtualSize)}`,
    { hint: `Use --disk ${Math.ceil(image.virtualSize / 1024 ** 3)}G or more.` },
  );
}

/** The host's user, as users of ssh expect; root and names that a guest can't have become "cubic". */
function defaultUser(host: App["host"]): string {
  const name = host.env("USER") ?? host.env("LOGNAME") ?? "cubic";
  try {
    return name === "root" ? "cubic" : userName(name);
  } catch {
    return "cubic";
  }
}

/** In QEMU's own range, 52:54:00; random, so that guests can share a network one day. */
function randomMac(): string {
  const tail = crypto.getRandomValues(new Uint8Array(3));
  return ["52", "54", "00", ...[...tail].map((byte) => byte.toString(16).padStart(2, "0"))].join(
    ":",
  );
}
