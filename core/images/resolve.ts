/** Asking a distribution where an image is, and holding it to what the contract allows. */
import type { App } from "../app.ts";
import { CubicError, interrupted, isCubicError } from "../errors.ts";
import type { Distro, DistroContext, RemoteImage } from "../../plugins/contract.ts";
import type { ImageTarget } from "./name.ts";

type ResolveApp = Pick<App, "host" | "config" | "paths">;

/** The most an index may weigh, in bytes; Ubuntu's largest is 5 MB. */
const MAX_TEXT = 16 * 1024 * 1024;
/** Milliseconds an index may take. */
const TEXT_TIMEOUT = 30_000;

/**
 * Asks the distro for an image.
 * @throws CubicError "network" when its server can't be asked, "image-not-found" when it has none.
 */
export async function resolveRemote(
  app: ResolveApp,
  target: ImageTarget,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const { distro, release, arch, id } = target;
  const context = distroContext(app, distro, signal);
  let image: RemoteImage;
  try {
    image = await distro.image(context, { release, arch });
  } catch (error) {
    if (isCubicError(error)) throw error;
    throw new CubicError("image-not-found", `Cannot find the image ${id}: ${messageOf(error)}`, {
      hint: app.config.mirror[distro.name] === undefined
        ? "The vendor may be publishing a new one at this moment; try again in a while."
        : `The mirror is set by \`mirror.${distro.name}\` in the settings; is it complete?`,
      cause: error,
    });
  }
  requireAllowed(app, distro, image.url);
  requireChecksum(id, image);
  return image;
}

/** What a distro is given: its base URL or the user's mirror of it, and a fetch bound to its hosts. */
export function distroContext(
  app: ResolveApp,
  distro: Distro,
  signal: AbortSignal,
): DistroContext {
  const texts = new Map<string, Promise<string>>();
  return {
    baseUrl: baseUrl(app, distro),
    fetchText(url) {
      const text = texts.get(url) ?? fetchText(app, distro, url, signal);
      texts.set(url, text);
      return text;
    },
  };
}

/**
 * Checks a URL against the hosts a distro may use: https to its own hosts; plain http only to this machine or to
 * a mirror the user chose.
 * @throws CubicError "network"
 */
export function requireAllowed(app: Pick<App, "config">, distro: Distro, text: string): void {
  const url = URL.parse(text);
  const mirror = URL.parse(app.config.mirror[distro.name] ?? "");
  const own = URL.parse(distro.baseUrl);
  const hosts = [own?.host, mirror?.host, ...distro.hosts];
  if (!url || !hosts.includes(url.host)) {
    throw new CubicError(
      "network",
      `Cannot fetch ${text}: it is on none of the hosts of ${distro.title}`,
    );
  }
  if (url.protocol === "https:") return;
  const chosen = mirror?.protocol === "http:" && url.host === mirror.host;
  if (url.protocol === "http:" && (chosen || isLoopback(url))) return;
  throw new CubicError("network", `Cannot fetch ${text}: only https is safe`, {
    hint: `To use a mirror without https all the same, set \`mirror.${distro.name}\` to it.`,
  });
}

/** True for a host name that can only be this machine. */
export function isLoopback({ hostname }: Pick<URL, "hostname">): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function baseUrl({ config }: Pick<App, "config">, distro: Distro): string {
  return (config.mirror[distro.name] ?? distro.baseUrl).replace(/\/+$/, "");
}

function requireChecksum(id: string, { checksum }: RemoteImage): void {
  const length = checksum.algorithm === "sha256" ? 64 : 128;
  if (checksum.digest.length === length && /^[0-9a-f]+$/.test(checksum.digest)) return;
  throw new CubicError("image-corrupt", `Cannot verify the image ${id}: it has no valid checksum`);
}

async function fetchText(
  app: ResolveApp,
  distro: Distro,
  url: string,
  signal: AbortSignal,
): Promise<string> {
  requireAllowed(app, distro, url);
  const timeout = AbortSignal.timeout(TEXT_TIMEOUT);
  try {
    const response = await app.host.fetch(url, { signal: AbortSignal.any([signal, timeout]) });
    if (!response.ok) {
      await response.body?.cancel();
      throw serverAnswered(app, distro, url, response.status);
    }
    return await limitedText(response, url);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (isCubicError(error)) throw error;
    const reason = timeout.aborted ? `no answer in ${TEXT_TIMEOUT / 1000} s` : messageOf(error);
    throw new CubicError("network", `Cannot reach ${new URL(url).host}: ${reason}`, {
      hint: networkHint(app, distro),
      cause: error,
    });
  }
}

async function limitedText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_TEXT) throw new CubicError("network", `Cannot read ${url}: it is too large`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function serverAnswered(
  app: ResolveApp,
  distro: Distro,
  url: string,
  status: number,
): CubicError {
  const mirrored = app.config.mirror[distro.name] !== undefined;
  return new CubicError(
    status === 404 || status === 410 ? "image-not-found" : "network",
    `Cannot fetch ${url}: the server answered ${status}`,
    {
      hint: mirrored
        ? `Is \`${distro.name}\` under [mirror] in ${app.paths.configFile} right?`
        : networkHint(app, distro),
    },
  );
}

/** What to try when a vendor's server can't be reached. */
export function networkHint(
  { paths }: Pick<App, "paths">,
  { name }: Pick<Distro, "name">,
): string {
  const mirror = `Check the network, or set a mirror: ${name} = "https://…" under [mirror] in ` +
    `${paths.configFile}.`;
  const buildable = name === "debian" || name === "ubuntu";
  return buildable
    ? `${mirror}\nWith a package mirror alone: \`cubic image build ${name}\`.`
    : mirror;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
