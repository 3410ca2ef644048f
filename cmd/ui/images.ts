/** Images as programs see them. Pure. */
import type { StoredImage } from "../../core/images/store.ts";

/** An image in the form that `--json` promises: names never change their meaning. Sizes are bytes. */
export function describeImage(image: StoredImage): Record<string, unknown> {
  const { names, distro, release, codename, version, arch, source, verified } = image;
  const { checksum, size, virtualSize, path, created } = image;
  return {
    name: [distro, release, arch].join(":"),
    ...{ names, distro, release, codename, version, arch },
    digest: `${checksum.algorithm}-${checksum.digest}`,
    ...{ size, virtualSize, verified, source, path, created },
  };
}
