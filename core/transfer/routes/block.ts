/**
 * The block route: the file is plugged into the running guest as a disk and copied inside of it, past the network and
 * its encryption. It needs sudo in the guest and a free spare port of the machine; without them it is "unavailable".
 */
import type { HotPlug } from "../hot_plug.ts";
import type { Route } from "../route.ts";
import { downloadBlock } from "./block_download.ts";
import { uploadBlock } from "./block_upload.ts";

/** Fixed costs are those of half a second of scp under KVM, which a slower emulated guest copies far less in. */
const WORTH = { accelerated: 64 * 1024 ** 2, emulated: 8 * 1024 ** 2 };

/**
 * Whether a disk is likely to be faster than the network for a file: what counts is its data, since holes are not copied.
 * `blocks` are those of 512 bytes that it takes, null when unknown.
 */
export function isWorthADisk(
  file: { readonly size: number; readonly blocks: number | null },
  emulated: boolean,
): boolean {
  const data = Math.min(file.size, file.blocks === null ? file.size : file.blocks * 512);
  return data >= (emulated ? WORTH.emulated : WORTH.accelerated);
}

/** The block route of one machine. */
export function blockRoute(hotPlug: HotPlug): Route {
  const unavailable = {
    kind: "unavailable",
    reason: "it copies files by their path only",
  } as const;
  return {
    name: "block",
    upload: async (connection, { local, ...job }, op) =>
      local === undefined
        ? unavailable
        : await uploadBlock(connection, hotPlug, { ...job, local }, op),
    download: async (connection, { path, part }, op) =>
      part === undefined
        ? unavailable
        : await downloadBlock(connection, hotPlug, { path, part }, op),
  };
}
