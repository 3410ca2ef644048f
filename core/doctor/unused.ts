/** What takes room and nobody needs any more, but was wanted once: for `cubic prune`, which asks first. */
import { formatSize } from "../size.ts";
import { type Check, type Found, orFine } from "./finding.ts";
import type { Prunable } from "./prunable.ts";
import { findPrunable } from "./prune.ts";

/** Instances whose time is over, and downloads that nobody goes on with. */
export const unusedCheck: Check = {
  name: "Unused",
  about: "state",
  async look(app) {
    const all = await findPrunable(app, ["temporary", "expired", "cache"]);
    const downloads = all.filter(({ kind, name }) => kind === "cache" && name.endsWith(".part"));
    const found = [
      ...all.filter(({ kind }) => kind !== "cache").map(judgeInstance),
      ...downloads.length === 0 ? [] : [judgeDownloads(downloads)],
    ];
    return orFine(found, "nothing");
  },
};

function judgeInstance({ kind, name, bytes, note }: Prunable): Found {
  const text = `${name} (${formatSize(bytes)}): ${note ?? kind}`;
  return { level: "note", text, remedy: `\`cubic prune --${kind}\` deletes it.` };
}

function judgeDownloads(downloads: readonly Prunable[]): Found {
  const bytes = downloads.reduce((sum, download) => sum + download.bytes, 0);
  const count = `${downloads.length} partial ${downloads.length === 1 ? "download" : "downloads"}`;
  const remedy =
    "The next `cubic image pull` goes on with them; `cubic prune --cache` removes them.";
  return { level: "note", text: `${count}, ${formatSize(bytes)}`, remedy };
}
