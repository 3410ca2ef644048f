/** What users add to QEMU's command line for one start: `--qemu-args`. Pure. */
import { CubicError } from "../errors.ts";
import { shellWords } from "../shell_words.ts";

const OURS = "cubic finds and steers its QEMU by it";

/** Options that would take the machine out of cubic's hands, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  "S": "the guest would not start",
  "accel": "use --accel",
  "daemonize": OURS,
  "enable-kvm": "use --accel",
  "incoming": "the guest would not start",
  "name": OURS,
  "pidfile": OURS,
  "preconfig": "the guest would not start",
  "qtest": "the guest would not start",
  "uuid": OURS,
};

/**
 * The words of such a text, which are quoted as in a shell.
 * @throws CubicError "invalid-value" when it is not quoted well, or has an option that cubic needs for itself.
 */
export function parseQemuArgs(text: string): string[] {
  const words = shellWords(text);
  for (const word of words) {
    const why = REFUSED[/^--?(.+)$/.exec(word)?.[1] ?? ""];
    if (why === undefined) continue;
    throw new CubicError("invalid-value", `Cannot pass ${word} to QEMU: ${why}`, {
      hint: "Other options are passed on as they are, after cubic's own.",
    });
  }
  return words;
}
