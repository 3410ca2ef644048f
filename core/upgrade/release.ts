/** What a release has: SHA256SUMS tells its version, the programs in it and their digests. */
import { CubicError, interrupted, isCubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { describeFetchError } from "../http_error.ts";

/** One program of a release. */
export interface Release {
  readonly version: string;
  /** The name of the file. */
  readonly file: string;
  /** SHA-256, lower-case. */
  readonly digest: string;
  readonly url: string;
}

/** SHA256SUMS has a line for each system. */
const LIMIT = 64 * 1024;
/** Milliseconds. */
const TIMEOUT_MS = 30_000;

/**
 * The program for this host in the newest release, or in that of a version.
 * @throws CubicError "network"; "failed" when there is no such version, or none for this host.
 */
export async function findRelease(
  host: Pick<Host, "fetch" | "os" | "arch">,
  releases: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Release> {
  const folder = version === undefined ? "latest/download" : `download/v${version}`;
  const text = await fetchSums(host, `${releases}/${folder}/SHA256SUMS`, version, signal);
  const found = programIn(text, host);
  if (!found) throw unusable(text, releases, host);
  if (version !== undefined && found.version !== version) {
    throw new CubicError("failed", `Cannot use the release of ${version}: it has ${found.version}`);
  }
  // By its number: "latest" may be another one by now.
  return { ...found, url: `${releases}/download/v${found.version}/${found.file}` };
}

/** The program for a host in the text of SHA256SUMS. */
export function programIn(
  text: string,
  { os, arch }: Pick<Host, "os" | "arch">,
): Omit<Release, "url"> | undefined {
  const system = `${os}-${arch === "amd64" ? "x86_64" : "aarch64"}`;
  const line = new RegExp(`^([0-9a-f]{64}) [ *](cubic-([0-9A-Za-z.-]+)-${system})$`, "m");
  const [, digest, file, version] = line.exec(text) ?? [];
  return digest && file && version ? { version, file, digest } : undefined;
}

function unusable(
  text: string,
  releases: string,
  { os, arch }: Pick<Host, "os" | "arch">,
): CubicError {
  if (/^[0-9a-f]{64} [ *]/m.test(text)) {
    return new CubicError("failed", `Cannot find a program for ${os} on ${arch} in the release`);
  }
  return new CubicError("network", `Cannot read what ${releases} sent: it is no list of digests`, {
    hint: "Does this network want you to log in first?",
  });
}

async function fetchSums(
  { fetch }: Pick<Host, "fetch">,
  url: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, timeout]) });
    if (response.ok) return await limitedText(response, url);
    await response.body?.cancel();
    throw new CubicError(
      response.status === 404 ? "failed" : "network",
      `Cannot find ${version === undefined ? "a release" : `version ${version}`}: ` +
        `the server answered ${response.status} for ${url}`,
      { hint: "`cubic upgrade --check` tells which version is the newest." },
    );
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (isCubicError(error)) throw error;
    const reason = timeout.aborted ? "no answer in 30 s" : describeFetchError(error);
    throw new CubicError("network", `Cannot reach ${new URL(url).host}: ${reason}`, {
      hint: "Check the network and try again.",
      cause: error,
    });
  }
}

async function limitedText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LIMIT) throw new CubicError("network", `Cannot read ${url}: it is too large`);
  }
  return text;
}
