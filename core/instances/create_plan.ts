/** What a new instance is to be: the request, the settings, the defaults of this host, and what can't work. */
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { ensureImage, type EnsureOptions } from "../images/ensure.ts";
import { tooSmall } from "../images/fits.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { userName } from "../names.ts";
import type { Operation } from "../progress.ts";
import type { PortForward } from "../qemu/machine.ts";
import { formatSize } from "../size.ts";
import { cpuLevelWarning, hostCpuLevel } from "./cpu_level.ts";
import { expiryAfter } from "./expiry.ts";
import { guestFacts } from "./identity.ts";
import type { Instance } from "./instance.ts";
import { checkForwards, warnOfListeners } from "./ports.ts";
import { checkResources, DEFAULT_DISK, defaultResources, hostResources } from "./resources.ts";

/** What to make; what is left out gets the user's setting, or else a default. */
export interface CreateRequest {
  /** A name is made up when there is none. */
  readonly name?: string;
  /** An image name: `debian`, `debian:12`, `ubuntu:24.04:amd64`; or a URL, or the path of a file. */
  readonly image?: string;
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
  /** Milliseconds until it expires; for ever when left out. */
  readonly ttlMs?: number;
}

/** What of an instance is decided before it has a name. */
export type InstancePlan =
  & Pick<Instance, "user" | "cpus" | "memory" | "disk" | "forwards" | "isolate" | "expires">
  & { readonly image: StoredImage };

/**
 * Decides it, and has the image. What can't work is said before anything is downloaded for it; what may be slow,
 * after.
 * @throws CubicError "usage" when no image is named, "invalid-value", "invalid-name", those of `ensureImage`.
 */
export async function planInstance(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<InstancePlan> {
  const wanted = requireImageName(app, request);
  const user = chooseUser(app, request);
  chooseResources(app, request, 0, { ...operation, report: () => {} });
  checkForwards(request.forwards ?? []);
  await warnOfListeners(request.forwards ?? [], "forward a port", operation.report);
  const image = await ensureImage(app, wanted, operation, imageOptions(request));
  const disk = chooseDisk(app, request, image);
  const { minimumMemory } = guestFacts(app, image.distro);
  const resources = chooseResources(app, request, minimumMemory, operation);
  const tooOld = cpuLevelWarning(image.cpuLevel ?? 1, await hostCpuLevel(app.host));
  if (tooOld !== undefined) operation.report({ kind: "warning", text: tooOld });
  return {
    ...{ image, user, disk },
    ...resources,
    forwards: request.forwards ?? [],
    isolate: request.isolate ?? false,
    ...(request.ttlMs !== undefined && { expires: expiryAfter(request.ttlMs, app.host.now()) }),
  };
}

function requireImageName({ config }: App, { name, image = config.image }: CreateRequest): string {
  if (image !== undefined) return image;
  const what = name === undefined ? "the instance" : `"${name}"`;
  throw new CubicError("usage", `Cannot tell which image ${what} is made of`, {
    hint: `Name one with --image, as in \`cubic create ${name ?? "web"} --image debian\`; ` +
      "`cubic config set image debian` makes it the default.",
  });
}

function imageOptions({ sha256, requireSignature, disk }: CreateRequest): EnsureOptions {
  return {
    ...(disk !== undefined && { disk }),
    ...(sha256 !== undefined && { sha256 }),
    ...(requireSignature !== undefined && { requireSignature }),
  };
}

function chooseResources(
  { config }: App,
  request: CreateRequest,
  minimumMemory: number,
  { report }: Operation,
): Pick<Instance, "cpus" | "memory"> {
  const host = hostResources();
  const defaults = defaultResources(host);
  const wanted = {
    cpus: request.cpus ?? config.cpus ?? defaults.cpus,
    memory: request.memory ?? config.memory ?? Math.max(defaults.memory, minimumMemory),
  };
  const warning = checkResources(wanted, host) ??
    (wanted.memory < minimumMemory
      ? `This image wants ${formatSize(minimumMemory)} of memory; it may not boot with ` +
        `${formatSize(wanted.memory)}.`
      : undefined);
  if (warning !== undefined) report({ kind: "warning", text: warning });
  return wanted;
}

/** A default gives way to a larger image; what was asked for does not. */
function chooseDisk({ config }: App, request: CreateRequest, image: StoredImage): number {
  const wanted = request.disk ?? Math.max(config.disk ?? DEFAULT_DISK, image.virtualSize);
  if (wanted >= image.virtualSize) return Math.ceil(wanted / 512) * 512;
  throw tooSmall(wanted, image.virtualSize);
}

/** The host's user, as users of ssh expect; root and names that a guest can't have become "cubic". */
function chooseUser({ host, config }: App, request: CreateRequest): string {
  const wanted = request.user ?? config.user;
  if (wanted !== undefined) return userName(wanted);
  const name = host.env("USER") ?? host.env("LOGNAME") ?? host.env("USERNAME") ?? "cubic";
  try {
    return name === "root" ? "cubic" : userName(name);
  } catch {
    return "cubic";
  }
}
