/** Room on the disks that cubic writes to. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { formatSize } from "../size.ts";
import type { Check, Found } from "./finding.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** A directory and the least bytes that should be free there. */
export interface Place {
  readonly what: string;
  readonly path: string;
  readonly least: number;
}

/** QEMU pauses guests that find no room; with less than this the next minute may bring that. */
const NONE = 128 * MIB;

/** Room where instances, downloads and sockets are. */
export const diskSpaceCheck: Check = {
  name: "Disk space",
  about: "host",
  async look(app) {
    const places = await Promise.all(
      placesOf(app).map(async (place) => {
        const { free, device } = await roomAt(place.path);
        return { place, free, device };
      }),
    );
    // Of one file system it is said once, by its greatest need.
    const seen = new Set<number>();
    return places.sort((a, b) => b.place.least - a.place.least).filter(({ device }) => {
      if (seen.has(device)) return false;
      seen.add(device);
      return true;
    }).map(({ place, free }) => judgeSpace(place, free));
  },
};

function placesOf({ paths }: App): readonly Place[] {
  return [
    // A vendor's image of up to 1 GiB, once more while it is converted, and what guests write meanwhile.
    { what: "instances and images", path: paths.data, least: 4 * GIB },
    // A download, before it is moved to the images.
    { what: "downloads", path: paths.cache, least: 2 * GIB },
    // Sockets take nothing; qemu-img and `image build` work there.
    { what: "temporary files", path: dirname(paths.runtime), least: 256 * MIB },
  ];
}

/** The verdict on so many free bytes. Pure. */
export function judgeSpace({ what, path, least }: Place, free: number): Found {
  const text = `${formatSize(free)} free for ${what} (${path})`;
  if (free >= least) return { level: "ok", text };
  const remedy = "`cubic prune --dry-run` shows what cubic can free, `df -h` the disks; " +
    "CUBIC_HOME moves everything elsewhere.";
  return { level: free < NONE ? "problem" : "warning", text, remedy };
}

/** The file system of a directory, or of what it will be made in. */
async function roomAt(path: string): Promise<{ free: number; device: number }> {
  for (let directory = path;; directory = dirname(directory)) {
    const stat = await statIfThere(directory).catch(() => undefined);
    if (!stat && directory !== dirname(directory)) continue;
    const { bavail, bsize } = await statfs(directory);
    return { free: bavail * bsize, device: stat?.dev ?? 0 };
  }
}
