/** A plugin whose vendor signs its images. */

/** Its text: one release, whose list of checksums the key of that fingerprint signs; it asks for nothing. */
export function signingPlugin(name: string, fingerprint: string): string {
  const base = "https://images.example.org/pub";
  return `import type { Distro } from "cubic:contract";

export default {
  contract: 1,
  name: "${name}",
  title: "${name}",
  baseUrl: "${base}",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 * 1024 },
  releases: async () => [{ version: "1.0", tags: ["stable"], arches: ["amd64", "arm64"] }],
  image: async () => ({
    url: "${base}/image.qcow2",
    format: "qcow2",
    checksum: { algorithm: "sha256", digest: "${"ab".repeat(32)}" },
    signature: {
      signs: "checksums",
      list: "${base}/SHA256SUMS",
      keys: [{ fingerprint: "${fingerprint}" }],
    },
  }),
} satisfies Distro;
`;
}
