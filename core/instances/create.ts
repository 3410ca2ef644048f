/** Making an instance: everything is put together in a hidden directory and appears by one rename. */
import { basename } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere, syncPath } from "../atomic.ts";
import { CubicError, describeFailure, interrupted } from "../errors.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { filesIn } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { createOverlay } from "../qemu/img.ts";
import { claimName, requireNew } from "./claim.ts";
import { type CreateRequest, type InstancePlan, planInstance } from "./create_plan.ts";
import { guestFacts, randomMac, writeIdentity } from "./identity.ts";
import type { Instance } from "./instance.ts";
import { relativeBacking } from "./layers.ts";
import { publishOnFreePort } from "./publish.ts";
import { beginInstance, sweepLeftovers } from "./store.ts";
import { holdSession, type TemporaryInstance } from "./temporary.ts";

/**
 * Makes an instance and returns it; it is not started.
 * @throws CubicError "usage" when no image is named, "instance-exists", "invalid-name", "invalid-value", "locked",
 * those of `ensureImage`.
 */
export async function createInstance(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<Instance> {
  const plan = await prepare(app, request, operation);
  const { name, lock } = await claimName(app, request.name, operation);
  await using _lock = lock;
  return await makeInstance(app, { name, temporary: false, request, plan }, operation);
}

/**
 * Makes one that is to be deleted at the end of a session, which begins here; `endTemporary` ends it.
 * @throws CubicError as {@linkcode createInstance} does.
 */
export async function createTemporary(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<TemporaryInstance> {
  const plan = await prepare(app, request, operation);
  const { name, lock } = await claimName(app, request.name, operation);
  await using _lock = lock;
  const session = await holdSession(app.paths, name, operation.signal);
  try {
    const what = { name, temporary: true, request, plan };
    return { instance: await makeInstance(app, what, operation), session };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function prepare(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<InstancePlan> {
  if (request.name !== undefined) await requireNew(app, request.name, operation);
  await sweepLeftovers(app.paths);
  return await planInstance(app, request, operation);
}

/** What is to be made under a name that was claimed. */
interface Making {
  readonly name: string;
  readonly temporary: boolean;
  readonly request: CreateRequest;
  readonly plan: InstancePlan;
}

async function makeInstance(
  app: App,
  { name, temporary, request: { execute }, plan }: Making,
  { signal }: Operation,
): Promise<Instance> {
  const { image } = plan;
  const dir = await beginInstance(app.paths, name);
  try {
    const draft = draftInstance(name, temporary, plan, app.host.now());
    const guest = guestFacts(app, image.distro);
    const work = [
      writeIdentity(dir, draft, { guest, ...(execute !== undefined && { execute }) }),
      createDisk(app, filesIn(dir).disk, image, draft.disk, signal),
    ];
    // Both have to end before a failure of one removes the directory under the other.
    await Promise.allSettled(work);
    await Promise.all(work);
    if (signal.aborted) throw interrupted();
    return await publishOnFreePort(app, dir, draft, () => requireImage(image), signal);
  } catch (error) {
    await removeIfThere(dir);
    throw describeFailure(`create "${name}"`, error);
  }
}

function draftInstance(
  name: string,
  temporary: boolean,
  { image, ...plan }: InstancePlan,
  now: number,
): Omit<Instance, "sshPort"> {
  return {
    name,
    uuid: crypto.randomUUID(),
    created: new Date(now).toISOString(),
    image: [image.distro, image.release, image.arch].join(":"),
    imageDigest: `${image.checksum.algorithm}-${image.checksum.digest}`,
    arch: image.arch,
    firmware: image.firmware ?? "uefi",
    ...plan,
    mac: randomMac(),
    protected: false,
    temporary,
  };
}

async function createDisk(
  { host }: App,
  path: string,
  image: StoredImage,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  await createOverlay(host, path, relativeBacking("images", basename(image.path)), size, signal);
  await syncPath(path);
}

async function requireImage({ path, names }: StoredImage): Promise<void> {
  if (await statIfThere(path)) return;
  throw new CubicError("image-not-found", `Cannot use the image ${names[0]}: it was removed`, {
    hint: "Try again to download it.",
  });
}
