/** What `ssh`, `exec` and `run` share: a connection to a guest, and the exit status when there is none. */
import type { App } from "../core/app.ts";
import { isCubicError } from "../core/errors.ts";
import type { ConnectOptions, InstanceTarget } from "../core/instances/connect.ts";
import type { AcceleratorChoice } from "../core/qemu/accelerator.ts";
import type { SshConnection } from "../core/ssh/client.ts";
import { type Context, operation } from "./context.ts";
import { printError } from "./ui/errors.ts";

/** The status when the connection fails, as with ssh: the command's own are 0 to 254, or 255 too. */
const CONNECTION_FAILED = 255;

/** The options of core for the flags of a command. */
export function connectOptions(flags: {
  readonly accel: AcceleratorChoice;
  readonly timeout?: number | undefined;
}): ConnectOptions {
  const { accel, timeout } = flags;
  return { accelerator: accel, ...(timeout !== undefined && { timeoutMs: timeout }) };
}

/** Connects, runs a session and makes its exit status the program's. */
export async function runConnected(
  context: Context,
  app: App,
  target: InstanceTarget,
  options: ConnectOptions,
  session: (connection: SshConnection) => Promise<number>,
): Promise<void> {
  const { connectInstance } = await import("../core/instances/connect.ts");
  try {
    using connection = await connectInstance(app, target, options, operation(context));
    context.exit(await session(connection));
  } catch (error) {
    const lost = isCubicError(error, "ssh-failed") || isCubicError(error, "start-timeout");
    if (!lost) throw error;
    printError(context.ui, error);
    context.exit(CONNECTION_FAILED);
  }
}
