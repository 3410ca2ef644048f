/** What `ssh`, `exec` and `run` share: a connection to a guest, and the exit status when there is none. */
import { Option } from "@commander-js/extra-typings";
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

/** `-A` for commands that open a session. */
export function forwardAgentOption(): Option<"-A, --forward-agent"> {
  return new Option("-A, --forward-agent", "let the guest use your ssh-agent (its root user too)");
}

/** What to connect with when the guest may use the user's ssh-agent. @throws CubicError "failed" without one. */
export async function agentOptions(
  { ui }: Context,
  forwardAgent: true | undefined,
): Promise<Pick<ConnectOptions, "agent">> {
  if (!forwardAgent) return {};
  const { requireAgent } = await import("../core/ssh/agent.ts");
  return { agent: await requireAgent(ui.terminal.env("SSH_AUTH_SOCK")) };
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
