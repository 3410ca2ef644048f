/** What `modify` and `port` share: one change of an instance, and telling what it did. */
import type { Modified } from "../core/instances/modify.ts";
import type { ModifyRequest } from "../core/instances/modify_plan.ts";
import { type Context, operation } from "./context.ts";
import { type OutputFlags, printResult } from "./output.ts";

/** Changes an instance and prints what is another now. */
export async function changeInstance(
  context: Context,
  name: string,
  request: ModifyRequest,
  flags: OutputFlags,
): Promise<void> {
  const { modifyInstance } = await import("../core/instances/modify.ts");
  const { describeModified, renderModified } = await import("./ui/modified.ts");
  const app = await context.load();
  const modified: Modified = await modifyInstance(app, name, request, operation(context));
  await printResult(context, flags, {
    value: describeModified(modified),
    note: () => renderModified(modified),
  });
}
