/** What every command is given. */
import type { App } from "../core/app.ts";
import type { Paths } from "../core/paths.ts";
import type { Operation } from "../core/progress.ts";
import type { Ui } from "./ui/ui.ts";

/** The program's parts as commands see them. */
export interface Context {
  readonly ui: Ui;
  /** Builds the program's core; only for commands that need it, so that `--help` works on any host. */
  load(): Promise<App>;
  /** Where everything is, also when the settings can't be read. */
  paths(): Promise<Paths>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Sets the exit status of a command that did not fail but has more to tell than 0. */
  exit(status: number): void;
}

/** What a core operation takes beside its request. */
export function operation({ ui, signal }: Context): Operation {
  return { signal, report: ui.report };
}
