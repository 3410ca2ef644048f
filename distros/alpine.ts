/**
 * Alpine's cloud images, the ones with cloud-init ("tiny" has a cloud-init of its own that reads no cloud-config,
 * "metal" drivers for real hardware). Until 3.24.1 there was a file a firmware and a cloud
 * (`nocloud_alpine-3.23.4-x86_64-uefi-cloudinit-r0.qcow2`), since then one for all
 * (`alpine-3.24.2-x86_64-cloudinit-r2.qcow2`); both stand in one directory, and `-rN` counts rebuilds.
 *
 * Sources: https://alpinelinux.org/releases.json (branches, ends of support), the listing of each branch's
 * releases/cloud/, and beside each image `.sha512` and `.asc`. The key is the one https://alpinelinux.org/cloud/ names.
 */
import type { Distro, DistroArch, DistroContext, Release } from "../plugins/contract.ts";
import {
  asList,
  asObject,
  asText,
  checksumOf,
  compareVersions,
  kernelArch,
  newestMatch,
  parseListing,
  readJson,
  tagFirst,
} from "../plugins/kit.ts";

const BASE_URL = "https://dl-cdn.alpinelinux.org/alpine";
const INDEX = "https://alpinelinux.org/releases.json";
const KEY = {
  fingerprint: "F26ADFADBAE702EF7AF637459DA7EF23BFFCDF22",
  url: "https://alpinelinux.org/keys/tomalok.asc",
};
/** A branch is supported for two years and a new one comes twice a year. */
const OFFERED = 4;

/** Alpine Linux, each image signed by its maker. */
export const alpine: Distro = {
  contract: 1,
  name: "alpine",
  title: "Alpine Linux",
  baseUrl: BASE_URL,
  hosts: [new URL(INDEX).host],
  guest: { minimumMemory: 512 * 1024 * 1024, shell: "/bin/ash", privilege: "doas" },
  async releases(ctx) {
    const branches = await published(ctx) ?? await listed(ctx);
    return tagFirst(
      branches.toSorted((a, b) => compareVersions(b.version, a.version)).slice(0, OFFERED),
    );
  },
  async image(ctx, { release, arch }) {
    const directory = `${ctx.baseUrl}/v${release.version}/releases/cloud`;
    const match = newestMatch(await namesIn(ctx, directory), imagePattern(arch));
    if (!match) throw new Error(`${directory} has no image with cloud-init for ${arch}`);
    const [file, version, rebuild] = match;
    const url = `${directory}/${file}`;
    return {
      url,
      format: "qcow2",
      checksum: checksumOf(await ctx.fetchText(`${url}.sha512`), file),
      build: `${version}-r${rebuild}`,
      signature: { signs: "image", detached: `${url}.asc`, keys: [KEY] },
    };
  },
};

/** Both forms of the name; of the old one, the file for UEFI. */
function imagePattern(arch: DistroArch): RegExp {
  return new RegExp(
    String.raw`(?:nocloud_)?alpine-(\d+(?:\.\d+)+)-${kernelArch(arch)}-` +
      String.raw`(?:uefi-)?cloudinit-r(\d+)\.qcow2`,
  );
}

/** The released branches of the index; undefined behind a mirror, where the index may be out of reach. */
async function published(ctx: DistroContext): Promise<readonly Release[] | undefined> {
  if (ctx.baseUrl !== BASE_URL) return undefined;
  try {
    const index = asObject(readJson(await ctx.fetchText(INDEX), "the list of releases"));
    const latest = branchVersion(asText(index.latest_stable)) ?? "";
    const branches = asList(index.release_branches).flatMap((value) => {
      const branch = asObject(value);
      const version = branchVersion(asText(branch.rel_branch));
      return version === undefined ? [] : [asRelease(version, asText(branch.eol_date))];
    }).filter(({ version }) => compareVersions(version, latest) <= 0);
    return branches.length > 0 ? branches : undefined;
  } catch {
    // The listing knows all but the ends of support.
    return undefined;
  }
}

/** The branches of the mirror; those newer than the one with `latest-stable` images are not released yet. */
async function listed(ctx: DistroContext): Promise<readonly Release[]> {
  const stable = `${ctx.baseUrl}/latest-stable/releases/cloud`;
  const latest = newestMatch(await namesIn(ctx, stable), imagePattern("amd64"))?.[1];
  if (latest === undefined) throw new Error(`${stable} has no image with cloud-init`);
  return (await namesIn(ctx, ctx.baseUrl))
    .flatMap((name) => branchVersion(name) ?? [])
    .filter((version) => compareVersions(version, latest) <= 0)
    .map((version) => asRelease(version));
}

async function namesIn(ctx: DistroContext, directory: string): Promise<readonly string[]> {
  return parseListing(await ctx.fetchText(`${directory}/`)).map(({ name }) => name);
}

/** "v3.24" is 3.24; "edge" and others are none. */
function branchVersion(branch = ""): string | undefined {
  return /^v(\d+\.\d+)$/.exec(branch)?.[1];
}

function asRelease(version: string, endOfLife?: string): Release {
  return { version, arches: ["amd64", "arm64"], ...endOfLife !== undefined && { endOfLife } };
}
