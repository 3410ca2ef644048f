/** The first version of a new plugin in each language: small, whole, and passing its check. Pure. */
import type { PluginKind } from "../plugin.ts";

/** The releases of the example. */
export const EXAMPLE_VERSIONS = ["2.0", "1.0"] as const;

/** Where the example's images would be. */
export function exampleBase(name: string): string {
  return `https://images.example.org/${name}`;
}

/** The files that the example's checksum list names. */
export function exampleImages(name: string, version: string): readonly string[] {
  return ["x86_64", "aarch64"].map((arch) => `${name}-${version}-${arch}.qcow2`);
}

/** The text of a new plugin. */
export function pluginTemplate(name: string, kind: PluginKind): string {
  const facts = { name, title: titleOf(name), base: exampleBase(name) };
  switch (kind) {
    case "ts":
      return typescript(facts);
    case "js":
      return javascript(facts);
    case "toml":
      return toml(facts);
    case "yaml":
      return yaml(facts);
  }
}

interface Facts {
  readonly name: string;
  readonly title: string;
  readonly base: string;
}

function titleOf(name: string): string {
  return name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

function typescript(facts: Facts): string {
  return `/// <reference path="./cubic.d.ts" />
import type { Distro, Release } from "cubic:contract";
import { checksumOf, kernelArch } from "cubic:kit";

// Newest first. A bare \`${facts.name}\` means the release with the tag "stable".
const RELEASES: readonly Release[] = [
  { version: "2.0", tags: ["stable", "latest"], endOfLife: "2031-06-30", arches: ["amd64", "arm64"] },
  { version: "1.0", endOfLife: "2029-06-30", arches: ["amd64", "arm64"] },
];

${distro(facts)} satisfies Distro;
`;
}

function javascript(facts: Facts): string {
  return `/// <reference path="./cubic.d.ts" />
import { checksumOf, kernelArch } from "cubic:kit";

// Newest first. A bare \`${facts.name}\` means the release with the tag "stable".
/** @type {import("cubic:contract").Release[]} */
const RELEASES = [
  { version: "2.0", tags: ["stable", "latest"], endOfLife: "2031-06-30", arches: ["amd64", "arm64"] },
  { version: "1.0", endOfLife: "2029-06-30", arches: ["amd64", "arm64"] },
];

/** @type {import("cubic:contract").Distro} */
${distro(facts)};
`;
}

/** The value that both languages export. */
function distro({ name, title, base }: Facts): string {
  return `export default {
  contract: 1,
  name: "${name}",
  title: "${title}",
  baseUrl: "${base}",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 * 1024 },

  releases: async () => RELEASES,

  async image(ctx, { release, arch }) {
    const directory = \`\${ctx.baseUrl}/\${release.version}\`;
    const file = \`${name}-\${release.version}-\${kernelArch(arch)}.qcow2\`;
    const sums = await ctx.fetchText(\`\${directory}/SHA256SUMS\`);
    return { url: \`\${directory}/\${file}\`, format: "qcow2", checksum: checksumOf(sums, file) };
  },
}`;
}

function toml({ name, title, base }: Facts): string {
  return `contract = 1
name = "${name}"
title = "${title}"
base-url = "${base}"

[guest]
minimum-memory = "512M"

# The vendor's words for {arch}.
[arch]
amd64 = "x86_64"
arm64 = "aarch64"

[image]
url = "{base}/{version}/${name}-{version}-{arch}.qcow2"
checksums = "{base}/{version}/SHA256SUMS"
format = "qcow2"

# Newest first. A bare \`${name}\` means the release with the tag "stable".
[[releases]]
version = "2.0"
tags = ["stable", "latest"]
end-of-life = "2031-06-30"
arches = ["amd64", "arm64"]

[[releases]]
version = "1.0"
end-of-life = "2029-06-30"
arches = ["amd64", "arm64"]
`;
}

function yaml({ name, title, base }: Facts): string {
  return `contract: 1
name: ${name}
title: ${title}
base-url: ${base}

guest:
  minimum-memory: 512M

# The vendor's words for {arch}.
arch:
  amd64: x86_64
  arm64: aarch64

image:
  url: "{base}/{version}/${name}-{version}-{arch}.qcow2"
  checksums: "{base}/{version}/SHA256SUMS"
  format: qcow2

# Newest first. A bare \`${name}\` means the release with the tag "stable".
releases:
  - version: "2.0"
    tags: [stable, latest]
    end-of-life: "2031-06-30"
    arches: [amd64, arm64]
  - version: "1.0"
    end-of-life: "2029-06-30"
    arches: [amd64, arm64]
`;
}
