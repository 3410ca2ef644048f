/**
 * What a core operation tells while it works. Core decides what happened, `cmd/ui` how it looks.
 */

/** One event of an operation under way. */
export type Progress =
  /** A named step began; it replaces the step before it. */
  | { readonly kind: "step"; readonly text: string }
  /** Bytes moved. `total` is undefined while the size is not known. */
  | {
    readonly kind: "bytes";
    readonly label: string;
    readonly done: number;
    readonly total: number | undefined;
  }
  /** The transfer of that label is over, whole or not; nobody needs its line any more. */
  | { readonly kind: "done"; readonly label: string }
  /** A fact worth a line of its own. */
  | { readonly kind: "note"; readonly text: string }
  /** Something the user should know but that did not stop the operation. */
  | { readonly kind: "warning"; readonly text: string }
  /** Detail that is shown with --verbose only. */
  | { readonly kind: "debug"; readonly text: string };

/** Receives progress events; must not throw. */
export type Report = (event: Progress) => void;

/** What every long operation takes beside its request. */
export interface Operation {
  /** Aborted when the user presses Ctrl-C; the operation cleans up and throws "interrupted". */
  readonly signal: AbortSignal;
  readonly report: Report;
}
