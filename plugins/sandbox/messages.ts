/** What the program and the worker that holds the virtual machine say to each other. */
import type { SandboxLimits } from "./limits.ts";

/** A plugin as the virtual machine takes it: JavaScript. */
export interface Program {
  /** The file's name, for error messages; letters, digits, dots, hyphens and underscores. */
  readonly file: string;
  readonly code: string;
}

/** A question to a plugin. */
export type Call =
  | { readonly name: "facts" }
  | { readonly name: "releases"; readonly baseUrl: string }
  | { readonly name: "image"; readonly baseUrl: string; readonly request: unknown };

/** What the worker is told. */
export type ToWorker =
  | {
    readonly kind: "call";
    readonly program: Program;
    /** The kit's modules by the specifier they are imported by. */
    readonly kit: Readonly<Record<string, string>>;
    readonly call: Call;
    readonly limits: SandboxLimits;
  }
  | { readonly kind: "fetched"; readonly id: number; readonly text: string }
  | { readonly kind: "fetch-failed"; readonly id: number; readonly message: string };

/** Why a call ended without an answer. */
export type Failure =
  /** The plugin threw, or rejected. */
  | { readonly reason: "thrown"; readonly message: string; readonly stack: string }
  | { readonly reason: "cpu" }
  | { readonly reason: "memory" }
  | { readonly reason: "stack" }
  /** Nothing is left that could settle its promise. */
  | { readonly reason: "never" }
  | { readonly reason: "too-long" };

/** What the worker says. */
export type FromWorker =
  /** The machine is loaded; the plugin starts now. */
  | { readonly kind: "ready" }
  | { readonly kind: "fetch"; readonly id: number; readonly url: string }
  /** It can't go on before a fetch is answered. */
  | { readonly kind: "waiting" }
  | { readonly kind: "answer"; readonly json: string }
  | { readonly kind: "failure"; readonly failure: Failure };
