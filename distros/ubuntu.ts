/**
 * Ubuntu's cloud images, the server ones and the minimal ones, which are made alike; `.img` is qcow2.
 *
 * The index is simplestreams (`streams/v1/…` in each tree): supported releases, ends of support, builds, digests.
 * Mirrors seldom have it; then, and while it can't be read, a table of https://wiki.ubuntu.com/Releases and the layout
 * of the directories with their SHA256SUMS take its place. That keeps the names known where only packages can be had
 * (`cubic image build`).
 *
 * Each directory has SHA256SUMS.gpg by the "UEC Image Automatic Signing Key"; where to find it is told by
 * https://ubuntu.com/docs/public-images/public-images-how-to/verify-image-checksum/.
 */
import type {
  Distro,
  DistroArch,
  DistroContext,
  Release,
  RemoteImage,
} from "../plugins/contract.ts";
import {
  checksumOf,
  compareVersions,
  parseSimplestreams,
  type StreamItem,
  type StreamProduct,
  tagFirst,
} from "../plugins/kit.ts";

const KEYSERVER = "keyserver.ubuntu.com";
const FINGERPRINT = "D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81";
const KEY = {
  fingerprint: FINGERPRINT,
  url: `https://${KEYSERVER}/pks/lookup?op=get&options=mr&search=0x${FINGERPRINT}`,
};
const LTS_TAGS = ["stable", "lts"];
const ARCHES = ["amd64", "arm64"] as const;

/** What the two kinds of images differ in. */
interface Flavour {
  /** The word in file names. */
  readonly word: "server" | "minimal";
  /** The tree below the base URL. */
  readonly tree: string;
  /** The releases where the index can't be read, newest first. */
  readonly table: readonly Release[];
}

const TABLE: readonly Release[] = [
  {
    version: "26.04",
    codename: "resolute",
    tags: [...LTS_TAGS, "latest"],
    endOfLife: "2031-04-30",
    arches: ARCHES,
  },
  { version: "24.04", codename: "noble", endOfLife: "2029-05-31", arches: ARCHES },
  { version: "22.04", codename: "jammy", endOfLife: "2027-04-01", arches: ARCHES },
];

/** Ubuntu, its checksums signed. */
export const ubuntu = cloudImages("ubuntu", "Ubuntu", {
  word: "server",
  tree: "releases",
  table: TABLE,
});

/** Ubuntu's minimal images: fewer packages, a smaller download. */
export const ubuntuMinimal = cloudImages("ubuntu-minimal", "Ubuntu minimal", {
  word: "minimal",
  tree: "minimal/releases",
  table: TABLE.map((release) =>
    release.codename === "jammy" ? { ...release, arches: ["amd64"] } : release
  ),
});

function cloudImages(name: string, title: string, flavour: Flavour): Distro {
  return {
    contract: 1,
    name,
    title,
    baseUrl: "https://cloud-images.ubuntu.com",
    hosts: [KEYSERVER],
    guest: {
      minimumMemory: 512 * 1024 * 1024,
      // 26.04 fails to rename the card at first boot and waits 120 s for it (LP 2136392).
      renameCard: false,
    },
    async releases(ctx) {
      const releases = asReleases(await streamBuilds(ctx, flavour));
      return releases.length > 0 ? releases : flavour.table;
    },
    async image(ctx, { release, arch }) {
      const build = (await streamBuilds(ctx, flavour)).find(({ product }) =>
        product.version === release.version && product.arch === arch
      );
      const file = fileName(release.version, arch, flavour);
      const path = build?.item.path ?? `${release.codename}/release/${file}`;
      const url = `${ctx.baseUrl}/${flavour.tree}/${path}`;
      const list = `${url.slice(0, url.lastIndexOf("/"))}/SHA256SUMS`;
      return {
        url,
        format: "qcow2",
        ...build ? factsOf(build) : { checksum: checksumOf(await ctx.fetchText(list), file) },
        signature: { signs: "checksums", list, detached: `${list}.gpg`, keys: [KEY] },
      };
    },
  };
}

/** The newest build of a supported release for one architecture. */
interface Build {
  readonly product: StreamProduct;
  readonly arch: DistroArch;
  readonly serial: string;
  readonly item: StreamItem;
  readonly digest: string;
}

/** What the index has for us; nothing when it can't be read. */
async function streamBuilds(
  ctx: DistroContext,
  flavour: Flavour,
): Promise<readonly Build[]> {
  const index = `${ctx.baseUrl}/${flavour.tree}/streams/v1/com.ubuntu.cloud:released:download.json`;
  const products = await ctx.fetchText(index).then(parseSimplestreams).catch(() => []);
  return products.filter(({ supported }) => supported)
    .flatMap((product) => newestBuild(product, flavour) ?? []);
}

/** Other architectures ("amd64v3", "riscv64") and builds without a disk image are passed over. */
function newestBuild(product: StreamProduct, flavour: Flavour): Build | undefined {
  const arch = ARCHES.find((known) => known === product.arch);
  if (arch === undefined) return undefined;
  const file = fileName(product.version, arch, flavour);
  const [build] = product.versions.flatMap(({ serial, items }) => {
    const item = items.find(({ path }) => path.endsWith(`/${file}`));
    return item?.sha256 === undefined ? [] : [{ product, arch, serial, item, digest: item.sha256 }];
  });
  return build;
}

function factsOf(
  { serial, item, digest }: Build,
): Pick<RemoteImage, "checksum" | "build" | "size"> {
  return {
    checksum: { algorithm: "sha256", digest },
    build: serial,
    ...item.size !== undefined && { size: item.size },
  };
}

/** One release of the builds for its architectures, newest first. */
function asReleases(builds: readonly Build[]): readonly Release[] {
  const versions = [...new Set(builds.map(({ product }) => product.version))]
    .toSorted((a, b) => compareVersions(b, a));
  const isLts = (version: string): boolean =>
    builds.some(({ product }) => product.version === version && product.title.includes("LTS"));
  const lts = versions.find(isLts);
  const releases = versions.flatMap((version) => {
    const same = builds.filter(({ product }) => product.version === version);
    const arches = ARCHES.filter((arch) => same.some((build) => build.arch === arch));
    const product = same[0]?.product;
    return product ? [asRelease(product, arches, version === lts ? LTS_TAGS : [])] : [];
  });
  return tagFirst(releases, ["latest"]);
}

function asRelease(
  { version, release, supportEol }: StreamProduct,
  arches: readonly DistroArch[],
  tags: readonly string[],
): Release {
  return {
    version,
    codename: release,
    tags,
    ...supportEol !== undefined && { endOfLife: supportEol },
    arches,
  };
}

function fileName(version: string, arch: DistroArch, { word }: Flavour): string {
  return `ubuntu-${version}-${word}-cloudimg-${arch}.img`;
}
