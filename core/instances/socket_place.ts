/** The directory of the sockets, in the temporary directory: there while something runs, and gone with the last of them. */
import { basename, dirname } from "node:path";
import { ensurePrivateDir, removeIfThere } from "../atomic.ts";
import { isCubicError } from "../errors.ts";

/** How often another instance's end may take the directory away between two steps of ours. */
const ATTEMPTS = 20;

/** The sockets of one instance, in one directory. */
export interface SocketPlace {
  readonly qmpSocket: string;
  readonly consoleSocket: string;
}

/**
 * Makes the directory, and an empty file in place of each socket: QEMU replaces them one after the other, so the
 * directory is never empty, and nobody removes it, before QEMU listens.
 * @throws CubicError "failed" when the directory belongs to somebody else.
 */
export async function holdSocketPlace({ qmpSocket, consoleSocket }: SocketPlace): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await ensurePrivateDir(dirname(qmpSocket));
      for (const path of [qmpSocket, consoleSocket]) {
        await removeIfThere(path);
        await Deno.writeTextFile(path, "", { createNew: true, mode: 0o600 });
      }
      return;
    } catch (error) {
      if (!isTakenAway(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Also when it went while mkdir looked at what is in its way. */
function isTakenAway(error: unknown): boolean {
  const cause = isCubicError(error) ? error.cause : error;
  return cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.AlreadyExists;
}

/** Removes the sockets, and the directory with the last socket of all instances. */
export async function clearSocketPlace({ qmpSocket, consoleSocket }: SocketPlace): Promise<void> {
  for (const path of [qmpSocket, consoleSocket]) await removeIfThere(path);
  const directory = dirname(qmpSocket);
  if (!basename(directory).startsWith("cubic-")) return;
  // Not empty, gone already, or made by somebody else: all the same here.
  await Deno.remove(directory).catch(() => {});
}
