/** What both directions of the block route share: a talk with the guest, a disk, and the end of both. */
import { CubicError, interrupted, isCubicError } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { diskSize } from "../disk_signatures.ts";
import { guestFailure } from "../guest_failure.ts";
import type { HotPlug, HotPluggedDisk } from "../hot_plug.ts";
import { printable } from "../printable.ts";
import type { RouteOperation } from "../route.ts";
import { dataLength, type Extent } from "../tree.ts";
import { Declined, type Dialog, startDialog } from "./block_dialog.ts";

/** A copy under way. */
export interface BlockCopy {
  readonly dialog: Dialog;
  /** Shows a file to the guest under a serial that nobody can guess, and tells the script which; once. */
  plug(file: { readonly path: string; readonly size: number; readonly readOnly: boolean }): Promise<
    void
  >;
  /** Has the script copy these ranges; resolves with what it says when it is done. */
  copy(ranges: readonly Extent[]): Promise<string>;
}

/** How a copy ended. */
export type BlockEnd<T> =
  | { readonly kind: "done"; readonly value: T; readonly stuck?: CubicError }
  | { readonly kind: "unavailable"; readonly reason: string; readonly stuck?: CubicError };

/** Milliseconds that an aborted script may take to remove its temporary file. */
const TIDY_MS = 5000;
const WATCH_MS = 500;

/**
 * Starts a script and works with it; whatever happens, the disk is taken out and the script has ended. `stuck` says that the
 * guest did not let go of the disk. Until the first range is copied, any failure is "unavailable".
 * @throws CubicError "interrupted", or what broke off the copy of `path`.
 */
export async function runBlockCopy<T>(
  connection: SshConnection,
  hotPlug: HotPlug,
  [script, path, ...args]: readonly [script: string, path: string, ...args: string[]],
  op: RouteOperation,
  work: (copy: BlockCopy) => Promise<T>,
): Promise<BlockEnd<T>> {
  if (op.signal.aborted) throw interrupted();
  const dialog = await startDialog(connection, script, args);
  let disk: Promise<HotPluggedDisk> | undefined;
  let [moving, over] = [false, false];
  let stuck: CubicError | undefined;
  const plug: BlockCopy["plug"] = async ({ path, size, readOnly }) => {
    // The work goes on for a moment after it was given up.
    if (over) throw interrupted();
    const serial = `xfer${crypto.getRandomValues(new Uint8Array(8)).toHex()}`;
    disk = hotPlug.plug({ path, readOnly, serial });
    await disk;
    await dialog.say(`${serial} ${diskSize(size) / 512} ${size}`);
    await dialog.hear("found");
  };
  const copy: BlockCopy["copy"] = async (ranges) => {
    moving = true;
    await using _ = watch(await disk!, dataLength(ranges), op);
    await dialog.say(...ranges.map(({ offset, length }) => `${offset} ${length}`), "end");
    return await dialog.hear("copied");
  };
  let end: BlockEnd<T>;
  try {
    end = { kind: "done", value: await untilAborted(op.signal, work({ dialog, plug, copy })) };
  } catch (error) {
    if (op.signal.aborted) throw interrupted();
    const reason = error instanceof Error ? printable(error.message) : "";
    const before = error instanceof Declined || (!moving && !connection.lost);
    if (!before) throw error instanceof CubicError ? error : guestFailure(path, reason);
    end = { kind: "unavailable", reason };
  } finally {
    over = true;
    // First the disk: without it a dd that is still at work ends.
    stuck = await takeOut(disk);
    if (stuck) op.report({ kind: "warning", text: stuck.message });
    await dialog.leave(TIDY_MS);
    dialog.close();
  }
  return stuck ? { ...end, stuck } : end;
}

async function takeOut(disk: Promise<HotPluggedDisk> | undefined): Promise<CubicError | undefined> {
  const plugged = await disk?.catch(() => undefined);
  try {
    await plugged?.unplug();
    return undefined;
  } catch (error) {
    if (isCubicError(error)) return error;
    throw error;
  }
}

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(interrupted());
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  // It goes on until it notices that the script has ended.
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Asks now and then how much the guest has moved. */
function watch(disk: HotPluggedDisk, total: number, { moved }: RouteOperation): AsyncDisposable {
  let last = 0;
  let asking = Promise.resolve();
  let asked = false;
  const ask = async (): Promise<void> => {
    // QEMU may be busy with somebody else; the next time it is not.
    const done = Math.min(await disk.moved().catch(() => 0), total);
    if (done > last) moved(last = done, total);
    asked = false;
  };
  const timer = setInterval(() => {
    if (!asked) asking = ask();
    asked = true;
  }, WATCH_MS);
  return {
    [Symbol.asyncDispose]: () => {
      clearInterval(timer);
      return asking;
    },
  };
}
