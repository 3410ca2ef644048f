/** What `ports` and `port list` share: the same list. */
import { type Context, operation } from "./context.ts";
import { type OutputFlags, printResult } from "./output.ts";

/** Lists the rules of these instances, of all when none is named. */
export async function printPorts(
  context: Context,
  names: readonly string[],
  flags: OutputFlags,
): Promise<void> {
  const { listPorts } = await import("../core/instances/port_list.ts");
  const { describePort, renderPorts } = await import("./ui/ports.ts");
  const { formatForward } = await import("../core/instances/forward.ts");
  const ports = await listPorts(await context.load(), names, operation(context));
  const name = names[0] ?? "web";
  await printResult(context, flags, {
    value: ports.map(describePort),
    text: (width) => ports.length === 0 ? undefined : renderPorts(ports, width),
    note: () =>
      ports.length === 0
        ? `No ports are forwarded. \`cubic port add ${name} 8080:80\` forwards one.`
        : undefined,
    names: () => ports.map(({ rule }) => formatForward(rule)),
  });
}
