/** The answer of a short script in the guest, which is foreign: it may have no end, or never come. */
import { CubicError } from "../errors.ts";
import type { RemoteProcess } from "../ssh/process.ts";

/** A guest that lists a tree says something at least this often. */
const SILENCE_MS = 120_000;

/** How much is waited for. */
export interface AnswerLimits {
  readonly bytes: number;
  /** Milliseconds without a byte; two minutes when left out. */
  readonly silenceMs?: number;
}

/**
 * All that a command writes to its output; what it says on its error output is dropped. `what` goes into the message,
 * such as "list the tree".
 * @throws CubicError "transfer-failed" when there is more, or nothing comes; the command is ended then.
 */
export async function readAnswer(
  process: Pick<RemoteProcess, "stdout" | "stderr" | "close">,
  what: string,
  { bytes: limit, silenceMs = SILENCE_MS }: AnswerLimits,
): Promise<string> {
  process.stderr.discard();
  const fail = (why: string): CubicError =>
    new CubicError("transfer-failed", `Cannot ${what}: ${why}`, {
      hint: "`cubic logs INSTANCE` may show what is wrong in the guest.",
    });
  let silent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let length = 0; true;) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        silent = true;
        process.close();
      }, silenceMs);
      const piece = await process.stdout.read();
      if (silent) throw fail(`the guest has said nothing for ${silenceMs / 1000} s`);
      if (!piece) return text + decoder.decode();
      length += piece.length;
      if (length > limit) {
        process.close();
        throw fail(`the guest's answer is longer than ${limit / 2 ** 20} MiB`);
      }
      text += decoder.decode(piece, { stream: true });
    }
  } finally {
    clearTimeout(timer);
  }
}
