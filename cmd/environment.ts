/** `--env` for commands that run something in a guest. */
import { Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";

/** `--env KEY=VALUE`, or `--env KEY` to pass a variable of the host on; one that is unset is left out. */
// deno-lint-ignore explicit-module-boundary-types -- the type repeats the flags, inferred
export function environmentOption() {
  return new Option("--env <variable>", "set KEY=VALUE, or pass KEY of this host; may be repeated")
    .argParser<Record<string, string>>(readVariable);
}

function readVariable(
  text: string,
  before: Record<string, string> | undefined,
): Record<string, string> {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new CubicError("invalid-value", `Cannot use "${name}" as the name of a variable`, {
      hint: "Write KEY=VALUE or KEY, with letters, digits and _ in KEY.",
    });
  }
  const value = equals < 0 ? Deno.env.get(name) : text.slice(equals + 1);
  return value === undefined ? before ?? {} : { ...before, [name]: value };
}
