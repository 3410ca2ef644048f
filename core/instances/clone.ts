/**
 * Copying a stopped instance. The copy is instant: the disk of the source is frozen as a layer, on which source and
 * copy go on writing, each in an overlay of its own; or, on request, all of it is copied into one file.
 */
import { join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere, syncPath } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { convertImage, measureImage } from "../images/convert.ts";
import { requireSpace } from "../images/space.ts";
import { instanceName } from "../names.ts";
import { filesIn, instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { createOverlay } from "../qemu/img.ts";
import { type Overlay, readOverlay } from "../qemu/overlay.ts";
import { guestFacts, randomMac, writeIdentity } from "./identity.ts";
import type { Instance } from "./instance.ts";
import { addLayer, lockLayers, readChain } from "./layers.ts";
import { publishOnFreePort } from "./publish.ts";
import { claimFreeName, requireFreeName, settleStopped } from "./stopped.ts";
import { beginInstance, lockInstance, readInstance, sweepLeftovers } from "./store.ts";

/** What to copy, and how. */
export interface CloneRequest {
  readonly source: string;
  readonly name: string;
  /** Copies the disk with all it stands on into a file that needs no other. */
  readonly full?: boolean;
}

/** What came of it. */
export interface Cloned {
  readonly instance: Instance;
  /** The instance it was copied of. */
  readonly source: Instance;
}

/**
 * Copies a stopped instance under another name, with an identity of its own. Its forwarded ports are not copied, so
 * that both can run at once.
 * @throws CubicError "instance-not-found", "instance-exists", "instance-running", "instance-broken", "invalid-name",
 * "locked", "disk-full", "qemu-missing", "qemu-failed", "interrupted".
 */
export async function cloneInstance(
  app: App,
  request: CloneRequest,
  operation: Operation,
): Promise<Cloned> {
  const { paths } = app;
  const { signal } = operation;
  const name = instanceName(request.name);
  await readInstance(paths, request.source);
  await claimFreeName(app, "clone", request.source, name, operation);
  await sweepLeftovers(paths);
  await using _source = await lockInstance(paths, request.source, "clone", signal);
  await using _name = await lockInstance(paths, name, "clone", signal);
  await requireFreeName(paths, "clone", request.source, name);
  const source = await readInstance(paths, request.source);
  operation.report({ kind: "step", text: `Cloning ${source.name}` });
  await settleStopped(app, source, "clone");
  const disk = await readDisk(app, source.name);
  const dir = await beginInstance(paths, name);
  try {
    const draft = draftOf(app, source, name, disk);
    const instance = request.full
      ? await fillFull(app, source, draft, dir, operation)
      : await fillOverlay(app, source, draft, dir, disk, operation);
    return { instance, source };
  } catch (error) {
    await removeIfThere(dir);
    throw describeFailure(`clone "${source.name}"`, error);
  }
}

/** The source's settings under a new identity; what says how long it may live stays with the source. */
function draftOf(
  app: App,
  source: Instance,
  name: string,
  { virtualSize }: Overlay,
): Omit<Instance, "sshPort"> {
  const { expires: _expires, sshPort: _sshPort, ...settings } = source;
  return {
    ...settings,
    name,
    uuid: crypto.randomUUID(),
    created: new Date(app.host.now()).toISOString(),
    disk: virtualSize,
    mac: randomMac(),
    forwards: [],
    protected: false,
    temporary: false,
  };
}

async function fillFull(
  app: App,
  source: Instance,
  draft: Omit<Instance, "sshPort">,
  dir: string,
  operation: Operation,
): Promise<Instance> {
  const from = instanceFiles(app.paths, source.name).disk;
  const to = filesIn(dir).disk;
  const bytes = await measureImage(app.host, from, "qcow2", operation.signal);
  await requireSpace(dir, bytes, `clone "${source.name}"`);
  const conversion = { from, fromFormat: "qcow2", to, toFormat: "qcow2" } as const;
  const label = source.name;
  await convertImage(app.host, { ...conversion, label, size: draft.disk }, operation);
  operation.report({ kind: "done", label });
  await syncPath(to);
  return await finish(app, source, draft, dir, true, () => Promise.resolve(), operation);
}

async function fillOverlay(
  app: App,
  source: Instance,
  draft: Omit<Instance, "sshPort">,
  dir: string,
  disk: Overlay,
  operation: Operation,
): Promise<Instance> {
  await using _layers = await lockLayers(app.paths, "clone", operation.signal);
  const path = instanceFiles(app.paths, source.name).disk;
  // What was never written to need not be frozen: two clones in a row stand on the same file.
  const shared = disk.untouched && disk.backing !== undefined;
  if (!shared) await requireShortChain(source.name, path);
  const backing = shared ? disk.backing : await freeze(app, path, disk, operation.signal);
  await createOverlay(app.host, filesIn(dir).disk, backing, disk.virtualSize, operation.signal);
  await syncPath(filesIn(dir).disk);
  const check = (): Promise<void> => requireChain(source.name, path);
  const inherited = !backing.includes("/images/");
  return await finish(app, source, draft, dir, inherited, check, operation);
}

/**
 * Makes a disk the layer of that content, with an empty overlay in its place, and returns the layer as a backing
 * file. The overlay takes the disk's name by a rename, so that a kill at any moment leaves the one or the other.
 */
async function freeze(
  app: App,
  disk: string,
  { virtualSize }: Overlay,
  signal: AbortSignal,
): Promise<string> {
  const backing = await addLayer(app.paths, disk);
  // `clearRun` removes files of this name, should we be killed.
  const overlay = `${disk}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  await createOverlay(app.host, overlay, backing, virtualSize, signal);
  await syncPath(overlay);
  await Deno.rename(overlay, disk);
  await syncPath(join(disk, ".."));
  // Not before: until then it was the source's disk, which has to stay writable.
  await Deno.chmod(join(disk, "..", backing), 0o444);
  return backing;
}

/** Identity, firmware variables, and the step that makes it visible. */
async function finish(
  app: App,
  source: Instance,
  draft: Omit<Instance, "sshPort">,
  dir: string,
  inherited: boolean,
  check: () => Promise<void>,
  { signal }: Operation,
): Promise<Instance> {
  const guest = guestFacts(app, source.image.split(":")[0] ?? "");
  await writeIdentity(dir, draft, { guest, inherited });
  await copyVariables(instanceFiles(app.paths, source.name).efiVars, filesIn(dir).efiVars);
  return await publishOnFreePort(app, dir, draft, check, signal);
}

/** The firmware's variables, where the guest has entered how it boots; there are none before the first start. */
async function copyVariables(from: string, to: string): Promise<void> {
  if (!(await statIfThere(from))) return;
  await Deno.copyFile(from, to);
  await syncPath(to);
}

/** The disk of an instance, with all that it stands on. */
async function readDisk(app: App, name: string): Promise<Overlay> {
  const { disk } = instanceFiles(app.paths, name);
  const overlay = await statIfThere(disk) ? await readOverlay(disk) : undefined;
  if (!overlay) throw brokenDisk(name, disk);
  await requireChain(name, disk);
  return overlay;
}

async function requireChain(name: string, disk: string): Promise<void> {
  const { missing } = await readChain(disk);
  if (missing !== undefined) throw brokenDisk(name, missing);
}

/** Each layer makes QEMU's name for the lowest file longer, and every read that goes down there slower. */
const MAX_BELOW = 32;

async function requireShortChain(name: string, disk: string): Promise<void> {
  if ((await readChain(disk)).below.length < MAX_BELOW) return;
  throw new CubicError(
    "invalid-value",
    `Cannot clone "${name}": its disk stands on ${MAX_BELOW} others already`,
    { hint: "Add --full for a copy that stands on none; clones of that are quick again." },
  );
}

function brokenDisk(name: string, path: string): CubicError {
  return new CubicError(
    "instance-broken",
    `Cannot clone "${name}": ${path} is missing or damaged`,
    { hint: `Put the file back, or remove the instance with \`cubic delete ${name}\`.` },
  );
}
