/**
 * Where the packages of a built image come from: the mirror that was asked for, else the one this host's own
 * apt uses when it is the same distribution (such a host often reaches nothing else). There is no third: which
 * public mirror is near and allowed, only the user knows.
 */
import { join } from "node:path";
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";

/** One line of apt's sources.list: where, and which suite with which components. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
}

/** What tells the archives of the distributions apart that an image can be built of. */
export interface Archive {
  /** The `ID` of os-release, and the distro's name in image names. */
  readonly id: "debian" | "ubuntu";
  readonly components: string;
  /** Where the distribution lists its mirrors. */
  readonly mirrorList: string;
  /** The keys apt trusts it with, as the archive's keyring package installs them. */
  readonly keyring: string;
}

const ARCHIVES: readonly Archive[] = [
  {
    id: "debian",
    components: "main",
    mirrorList: "https://www.debian.org/mirror/list",
    keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  },
  {
    id: "ubuntu",
    components: "main universe",
    mirrorList: "https://launchpad.net/ubuntu/+archivemirrors",
    keyring: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
  },
];

/** The archive of a distribution, or undefined when images of it can't be built. */
export function archiveOf(distro: string): Archive | undefined {
  return ARCHIVES.find(({ id }) => id === distro);
}

/** The names of the distributions images can be built of. */
export function buildable(): string[] {
  return ARCHIVES.map(({ id }) => id);
}

/** Which archive and release, and the mirror the user named. */
export interface SourcesRequest {
  readonly archive: Archive;
  readonly codename: string;
  readonly mirror: string | undefined;
}

/**
 * The apt sources to build from, the release itself first.
 * @throws CubicError "usage" when neither the user nor this host names a mirror.
 */
export async function aptSources(
  host: Pick<Host, "fetch">,
  request: SourcesRequest,
  signal: AbortSignal,
): Promise<AptSource[]> {
  const { archive, codename, mirror } = request;
  const own = mirror === undefined ? await hostMirrors(archive) : {};
  const main = mirror ?? own.main;
  if (main === undefined) throw noMirror(archive);
  const source = (uri: string, suite: string): AptSource => ({
    uri: trimSlash(uri),
    suite,
    components: archive.components,
  });
  const extras = [
    source(main, `${codename}-updates`),
    source(own.security ?? besideMain(archive, main), `${codename}-security`),
  ];
  const there = await Promise.all(extras.map((extra) => suiteExists(host, extra, signal)));
  return [source(main, codename), ...extras.filter((_, index) => there[index])];
}

/** A mirror of Debian keeps security updates beside it, one of Ubuntu inside. */
function besideMain({ id }: Archive, main: string): string {
  return id === "debian" ? `${trimSlash(main)}-security` : main;
}

function noMirror({ id, mirrorList }: Archive): CubicError {
  return new CubicError(
    "usage",
    `Cannot tell which package mirror to build from: this host's apt has none of ${id}`,
    { hint: `Name one with --mirror URL; ${mirrorList} lists them.` },
  );
}

/** A mirror may lack the suites of updates; apt would then refuse them all. */
async function suiteExists(
  host: Pick<Host, "fetch">,
  { uri, suite }: AptSource,
  signal: AbortSignal,
): Promise<boolean> {
  // Only http can be asked from here; for anything else (file:, cdrom:, mirror+) the public layout is assumed absent.
  if (!/^https?:/.test(uri)) return false;
  try {
    const response = await host.fetch(`${uri}/dists/${suite}/InRelease`, {
      method: "HEAD",
      signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The host's mirrors for a release and its security updates. */
export interface HostMirrors {
  readonly main?: string;
  readonly security?: string;
}

async function hostMirrors(archive: Archive): Promise<HostMirrors> {
  const osRelease = await readText("/etc/os-release");
  const id = /^ID="?([a-z]+)"?$/m.exec(osRelease)?.[1];
  if (id !== archive.id) return {};
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1];
  if (codename === undefined) return {};
  return findMirrors(await readSources("/etc/apt"), codename);
}

async function readSources(directory: string): Promise<string> {
  const texts = [await readText(join(directory, "sources.list"))];
  const parts = join(directory, "sources.list.d");
  try {
    for await (const { name } of Deno.readDir(parts)) {
      if (/\.(list|sources)$/.test(name)) texts.push(await readText(join(parts, name)));
    }
  } catch {
    // A host without apt has no sources.
  }
  return texts.join("\n\n");
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}

/** Finds the mirrors in apt's sources of either style (sources.list(5): one line, or deb822 stanzas). */
export function findMirrors(text: string, codename: string): HostMirrors {
  const entries = [...oneLineEntries(text), ...stanzaEntries(text)]
    .filter(({ uri }) => /^https?:\/\//.test(uri));
  const main = entries.find(({ suites }) => suites.includes(codename));
  const security = entries.find(({ suites }) => suites.includes(`${codename}-security`));
  return { ...(main && { main: main.uri }), ...(security && { security: security.uri }) };
}

interface Entry {
  readonly uri: string;
  readonly suites: readonly string[];
}

function oneLineEntries(text: string): Entry[] {
  const matches = text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm);
  return [...matches].map(([, uri = "", suite = ""]) => ({ uri, suites: [suite] }));
}

function stanzaEntries(text: string): Entry[] {
  const stanzas = text.replaceAll(/^#.*\n?/gm, "").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string): string[] =>
      new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1]
        ?.trim().split(/\s+/) ?? [];
    if (!field("Types").includes("deb") || field("Enabled")[0] === "no") return [];
    return field("URIs").map((uri) => ({ uri, suites: field("Suites") }));
  });
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
