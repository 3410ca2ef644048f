/** `cubic help image-names` */

/** How images are named. */
export function text(): string {
  return `
NAMES OF IMAGES

  distro[:release][:arch]

  debian               the stable release, for this host's architecture
  debian:12            by version
  debian:bookworm      by codename
  ubuntu:lts           by a tag: stable, latest, lts …
  ubuntu:24.04:arm64   for another architecture: amd64, arm64
  ./disk.qcow2         a file (qcow2 or raw, also with gzip, xz or zstd)
  https://…            a file at a URL; needs --sha256

\`cubic images\` lists what there is to choose from, \`cubic image list\` what is
stored. Tags and codenames are looked up when an instance is made; one that is
there keeps the image it was made of. An image is used only when its digest is
right, and its signature where the vendor signs; \`cubic image show\` tells how it
was verified.
`;
}
