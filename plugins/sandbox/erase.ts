/** Deno's own eraser of types (Node's `module.stripTypeScriptTypes`), under a type of ours. */
import * as nodeModule from "node:module";

// The types of Node that come with those of ssh2 are older than the function.
const { stripTypeScriptTypes } = nodeModule as unknown as {
  stripTypeScriptTypes(text: string): string;
};

/**
 * The text with its types replaced by blanks.
 * @throws SyntaxError, and `ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX` for what can't be erased.
 */
export function eraseTypes(text: string): string {
  return stripTypeScriptTypes(text);
}
