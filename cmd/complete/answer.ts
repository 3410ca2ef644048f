/** What a shell is told. Pure. */
import { clip, printableLine } from "../ui/text.ts";

/** Something that may stand in place of the word. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** All of that. */
export interface Answer {
  readonly candidates: readonly Candidate[];
  /** Files may stand there too. */
  readonly files?: boolean;
  /** A candidate is only the beginning of a word: no blank after it. */
  readonly open?: boolean;
}

/** Longer ones make a menu unreadable. */
const MAX_DESCRIPTION = 60;

/** The answer as the scripts read it: see cmd/completions. */
export function formatAnswer({ candidates, files, open }: Answer): string {
  const lines = candidates.map(({ value, description = "" }) =>
    [printableLine(value), clip(printableLine(description), MAX_DESCRIPTION)].join("\t")
  );
  const orders = [files && "files", open && "open"].filter(Boolean);
  return [...lines, `:${orders.join(",")}`].join("\n");
}
