/** Asking before a stranger's plugin is taken in. */
import { CubicError } from "../../core/errors.ts";
import type { Context } from "../context.ts";

/**
 * True when the user says yes.
 * @throws CubicError "usage" when nobody can be asked.
 */
export async function agreed({ ui, signal }: Context, question: string): Promise<boolean> {
  const answer = await ui.confirm(question, signal);
  if (answer !== undefined) return answer;
  throw new CubicError("usage", "Cannot ask whether to go on: there is no terminal", {
    hint: "Add --yes if you trust the plugin.",
  });
}
