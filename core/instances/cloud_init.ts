/**
 * How far cloud-init is in a guest, read from the files from which `cloud-init status` reads it too
 * (cloudinit/cmd/status.py): asking that program itself starts Python, seconds of work for an emulated guest.
 */

/** cloud-init's state. */
export type CloudInitState =
  | { readonly kind: "absent" }
  | { readonly kind: "disabled" }
  | { readonly kind: "running"; readonly stage: string }
  /** Over; `errors` are what failed, `warnings` what did not keep it from going on. */
  | {
    readonly kind: "done";
    readonly errors: readonly string[];
    readonly warnings: readonly string[];
  };

/**
 * A line of POSIX shell that prints what {@linkcode readCloudInit} reads: a word, then status and result. The
 * result is read first: what was written between the two reads must not look like an end without its errors.
 */
export const CLOUD_INIT_LINE = [
  "cd /run/cloud-init 2>/dev/null || { command -v cloud-init >/dev/null && echo waiting || echo absent; exit 0; }",
  "if [ -e disabled ]; then echo disabled; exit 0; fi",
  "if [ -s result.json ]; then echo over; else echo running; fi",
  "cat status.json 2>/dev/null; true",
].join("; ");

interface Stage {
  readonly errors?: readonly string[];
  readonly "recoverable_errors"?: Readonly<Record<string, readonly string[]>>;
}

/** Reads the answer to {@linkcode CLOUD_INIT_LINE}. Pure; a guest that answers nonsense is still at work. */
export function readCloudInit(answer: string): CloudInitState {
  const [word = "", ...rest] = answer.split("\n");
  if (word === "absent" || word === "disabled") return { kind: word };
  const status = parseStatus(rest.join("\n"));
  const current = status?.["stage"];
  const stage = typeof current === "string" ? current : "";
  if (word !== "over" || status === undefined || stage !== "") return { kind: "running", stage };
  const stages = Object.values(status).filter(isStage);
  return {
    kind: "done",
    errors: stages.flatMap(({ errors }) => strings(errors)),
    warnings: stages.flatMap(({ "recoverable_errors": byLevel }) =>
      Object.entries(byLevel ?? {}).flatMap(([level, texts]) =>
        strings(texts).map((text) => `${level}: ${text}`)
      )
    ),
  };
}

/** The modules that failed: cloud-init writes errors as Python shows a pair, `('scripts_user', RuntimeError(…))`. */
export function failedModules(errors: readonly string[]): string[] {
  const names = errors.map((error) => /^\('([\w-]+)',/.exec(error)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function parseStatus(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const { v1 } = JSON.parse(text) as { readonly v1?: Record<string, unknown> };
    return typeof v1 === "object" && v1 !== null ? v1 : undefined;
  } catch {
    // cloud-init is about to write it.
    return undefined;
  }
}

function isStage(value: unknown): value is Stage {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
