/** What a check is, and what it finds. */
import type { App } from "../app.ts";
import type { ListedInstance } from "../instances/inspect.ts";
import type { Operation } from "../progress.ts";
import type { Answer } from "./servers.ts";

/** ok. note: worth knowing. warning: works, but less well. problem: does not work. */
export type Level = "ok" | "note" | "warning" | "problem";

/** What a check was of: what the host has and can do, or what cubic keeps. */
export type About = "host" | "state";

/** One thing that a look brought to light. */
export interface Found {
  readonly level: Level;
  readonly text: string;
  /** What to do about it: a command in backquotes, or a sentence. */
  readonly remedy?: string;
}

/** The same, with the check that found it. */
export interface Finding extends Found {
  readonly check: string;
  readonly about: About;
}

/** What a look may need beside the app. */
export interface LookOptions extends Operation {
  /** False when nothing outside of this machine may be asked. */
  readonly online: boolean;
  /** What vendors and mirrors answer; asked once, by whoever asks first. */
  readonly servers: () => Promise<readonly Answer[]>;
  /** All instances and how each is, asked once: a QEMU talks to one at a time. */
  readonly instances: () => Promise<readonly ListedInstance[]>;
}

/** A check: looking, and mending what can be mended without loss. */
export interface Check {
  readonly name: string;
  readonly about: About;
  readonly look: (app: App, options: LookOptions) => Promise<readonly Found[]>;
  /** Returns a sentence for each thing that was done. */
  readonly mend?: (app: App, operation: Operation) => Promise<readonly string[]>;
}

/** What to say of anything that `doctor --fix` mends. */
export const FIX = "`cubic doctor --fix` mends it.";

/** The troubles, or that there are none. */
export function orFine(troubles: readonly Found[], fine: string): readonly Found[] {
  return troubles.length > 0 ? troubles : [{ level: "ok", text: fine }];
}
