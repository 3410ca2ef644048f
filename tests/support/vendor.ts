/** The vendors' servers as recorded in `tests/fixtures/distros`; its README tells which URL is which file. */
import type { Distro, DistroArch, DistroContext, RemoteImage } from "../../plugins/contract.ts";

const FIXTURES = new URL("../fixtures/distros/", import.meta.url);

/** A context that answers from fixtures, and remembers what was asked. */
export interface VendorContext extends DistroContext {
  readonly asked: readonly string[];
}

/**
 * What a distro is given when its vendor is the recorded one. What is not recorded rejects, as a 404 does.
 * @param mirror the base URL in place of the distro's own.
 * @param missing URLs that reject although they are recorded.
 */
export function vendorContext(
  distro: Pick<Distro, "name" | "baseUrl">,
  { mirror, missing = [] }: { readonly mirror?: string; readonly missing?: readonly string[] } = {},
): VendorContext {
  const asked: string[] = [];
  return {
    baseUrl: mirror ?? distro.baseUrl,
    asked,
    async fetchText(url) {
      asked.push(url);
      const notFound = new Error(`the server answered 404 for ${url}`);
      if (missing.includes(url)) throw notFound;
      // The fixtures of a mirror are those of the vendor.
      const own = mirror === undefined ? url : url.replace(mirror, distro.baseUrl);
      return await Deno.readTextFile(new URL(fixturePath(distro.name, own), FIXTURES))
        .catch(() => Promise.reject(notFound));
    },
  };
}

/** The image a distro answers with for a release by version, codename or tag. */
export async function vendorImage(
  distro: Distro,
  word: string,
  arch: DistroArch = "amd64",
  context: DistroContext = vendorContext(distro),
): Promise<RemoteImage> {
  const releases = await distro.releases(context);
  const release = releases.find(({ version, codename, tags = [] }) =>
    [version, codename, ...tags].includes(word)
  );
  if (!release) throw new Error(`${distro.name} has no release ${word}`);
  return await distro.image(context, { release, arch });
}

function fixturePath(name: string, url: string): string {
  const { host, pathname, search } = new URL(url);
  const path = pathname.replace(/\/$/, "/index.html");
  return search === "?jsontable"
    ? `${name}/${host}${pathname.replace(/\/?$/, "/index.json")}`
    : `${name}/${host}${path}`;
}
