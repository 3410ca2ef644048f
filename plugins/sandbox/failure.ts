/** What a person is told when a plugin fails. Pure. */
import { CubicError } from "../../core/errors.ts";
import { formatSize } from "../../core/size.ts";
import type { SandboxLimits } from "./limits.ts";
import type { Call, Failure } from "./messages.ts";

/** Characters of a plugin's own words that are shown. */
const MAX_WORDS = 300;

const ACTIONS: Readonly<Record<Call["name"], string>> = {
  facts: "load the plugin",
  releases: "get the releases from the plugin",
  image: "get the image from the plugin",
};

/** The error for a call that failed; "late" when the time was over. */
export function pluginFailed(
  file: string,
  call: Call["name"],
  failure: Failure | { readonly reason: "late" },
  limits: SandboxLimits,
): CubicError {
  const what = failure.reason === "thrown" ? words(file, failure) : explain(failure.reason, limits);
  return new CubicError("plugin-failed", `Cannot ${ACTIONS[call]} ${file}: ${what}`, {
    hint: "The plugin has to be mended; docs/plugins.md tells what it may do.",
  });
}

function explain(
  reason: Exclude<Failure["reason"], "thrown"> | "late",
  limits: SandboxLimits,
): string {
  switch (reason) {
    case "cpu":
      return `it computes for more than ${limits.cpuMs / 1000} s`;
    case "memory":
      return `it needs more than ${formatSize(limits.memory)} of memory`;
    case "stack":
      return "it calls itself too deeply";
    case "never":
      return "it waits for something that never comes";
    case "too-long":
      return `its answer is longer than ${formatSize(limits.answerLength)}`;
    case "late":
      return `it has no answer after ${limits.wallMs / 1000} s`;
  }
}

/** What the plugin threw, and where. */
function words(file: string, { message, stack }: Extract<Failure, { reason: "thrown" }>): string {
  const line = lineOf(file, stack);
  return shortened(message) + (line === undefined ? "" : ` (${file}:${line})`);
}

/** The first line of the plugin's own file in a stack. */
function lineOf(file: string, stack: string): string | undefined {
  const place = stack.slice(0, 10_000).split("\n").map((frame) => frame.split(`${file}:`)[1]);
  return /^\d{1,6}/.exec(place.find((rest) => rest !== undefined) ?? "")?.[0];
}

/**
 * Words of a plugin on one line, without what drives a terminal or turns text around, and cut.
 */
export function shortened(text: string): string {
  const plain = text.slice(0, 4 * MAX_WORDS)
    .replace(/[\s\u2028\u2029]+/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "").trim();
  return plain.length <= MAX_WORDS ? plain : `${plain.slice(0, MAX_WORDS)}…`;
}
