/** `cubic run --detach`: what multipass calls launch, `docker run --detach` of a machine. */
import type { App } from "../../core/app.ts";
import { CubicError } from "../../core/errors.ts";
import type { ConnectOptions } from "../../core/instances/connect.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { type Context, operation } from "../context.ts";
import { type OutputFlags, outputForm, printResult } from "../output.ts";

/** What decides whether there is a session, and what contradicts that. */
export interface SessionFlags extends OutputFlags {
  readonly detach?: true | undefined;
  readonly rm?: true | undefined;
  readonly ifMissing?: true | undefined;
  readonly env?: unknown;
}

/**
 * Refuses flags that can't be had together, before anything is made. Pure.
 * @throws CubicError "usage"
 */
export function checkSessionFlags(flags: SessionFlags, hasCommand: boolean): void {
  if (flags.rm && flags.ifMissing) {
    throw contradiction(
      "--rm with --if-missing",
      "--rm makes an instance of its own and deletes it; `cubic exec` uses one that is there.",
    );
  }
  if (!flags.detach) {
    if (outputForm(flags) === "table") return;
    throw contradiction(
      "--json or --format without --detach",
      "A session prints what the guest says. Add --detach, or leave them out.",
    );
  }
  if (flags.rm) {
    throw contradiction(
      "--rm with --detach",
      "There is no session whose end would delete it. `--ttl 1d` lets it expire.",
    );
  }
  if (hasCommand || flags.env !== undefined) {
    throw contradiction(
      `${hasCommand ? "a command" : "--env"} with --detach`,
      "It belongs to a session. `cubic exec` runs a command in an instance that runs.",
    );
  }
}

/** Starts it, waits until it can be logged in to, and leaves it running. */
export async function runDetached(
  context: Context,
  app: App,
  { name }: Instance,
  options: ConnectOptions & OutputFlags,
): Promise<void> {
  const { startInstance } = await import("../../core/instances/start.ts");
  const { connectRunning } = await import("../../core/instances/connect.ts");
  const { describeInstance } = await import("../ui/instances.ts");
  const { instance, status, already } = await startInstance(app, name, options, operation(context));
  using _ready = await connectRunning(app, { name }, options, operation(context));
  await printResult(context, options, {
    value: describeInstance(instance, status),
    names: () => [name],
    note: () =>
      `${already ? `${name} runs already` : `Started ${name}`}. ` +
      `\`cubic ssh ${name}\` opens a shell.`,
  });
}

function contradiction(what: string, hint: string): CubicError {
  return new CubicError("usage", `Cannot use ${what}`, { hint });
}
