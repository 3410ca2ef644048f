/** From TypeScript to JavaScript, by taking the types away; every line stays where it is. */
import { eraseTypes } from "./erase.ts";
import { CubicError } from "../../core/errors.ts";
import { shortened } from "./failure.ts";

/**
 * Deno's TypeScript parser descends with each bracket and prefix, and where the stack ends it takes the whole process
 * along. Nothing can be nested deeper than there are such signs in the file; on a stack of 8 MiB the parser was
 * seen to stand twice as many.
 */
const MAX_BRACKETS = 1000;
const MAX_SIGNS = 4000;

const BRACKETS = /[([{<`]|=>/g;
const SIGNS =
  /[=!~+\-*?:@]|\b(?:await|delete|do|else|extends|for|if|infer|keyof|new|readonly|typeof|unique|void|while|yield)\b/g;

/**
 * The JavaScript of a TypeScript file.
 * @throws CubicError "plugin-failed" naming the line of what can't be taken away: enum, namespace, decorators …
 */
export function stripTypes(file: string, text: string): string {
  if (count(text, BRACKETS) > MAX_BRACKETS || count(text, SIGNS) > MAX_SIGNS) {
    throw new CubicError(
      "plugin-failed",
      `Cannot read the plugin ${file}: it is too large for TypeScript`,
      {
        hint:
          `At most ${MAX_BRACKETS} opening brackets and ${MAX_SIGNS} operators; a file that ends ` +
          "in .js has no such limit.",
      },
    );
  }
  try {
    return eraseTypes(text);
  } catch (error) {
    throw new CubicError("plugin-failed", `Cannot read the plugin ${faultOf(file, error)}`, {
      hint: "Only types that can be erased will do: no enum, namespace, decorator or parameter " +
        "property. An editor or `deno check` shows where.",
      cause: error,
    });
  }
}

/** Where and what; of wrong syntax the eraser does not tell the line. */
function faultOf(file: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, what = text, line] = /^(.*) at \S+:(\d+):\d+$/s.exec(text) ?? [];
  return `${file}${line === undefined ? "" : `:${line}`}: ${shortened(what)}`;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
