/** `cubic run` */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { App } from "../core/app.ts";
import { CubicError } from "../core/errors.ts";
import type { CreateRequest } from "../core/instances/create_plan.ts";
import type { Instance } from "../core/instances/instance.ts";
import { connectOptions, runConnected } from "./connection.ts";
import { type Context, operation } from "./context.ts";
import { createRequest, newCreateCommand } from "./create_options.ts";
import { environmentOption } from "./environment.ts";
import { splitAtDashes, typedLine } from "./guest_line.ts";
import { acceleratorOption, durationValue, jsonOption } from "./options.ts";
import { formatOption } from "./output.ts";
import { checkSessionFlags, runDetached } from "./run/detached.ts";
import { runSession } from "./ui/session.ts";

/** Makes an instance, starts it and opens a shell or runs a command, or leaves it running. */
export function runCommand(context: Context): CommandUnknownOpts {
  return newCreateCommand("run")
    .description(
      "Make an instance, start it and open a shell, or run the command after --: `create` and `ssh` or `exec` " +
        "in one. The exit status is the guest's own, 255 when the connection failed. With --detach there is no " +
        "session: it returns when the guest can be logged in to, and the instance goes on.",
    )
    .usage("[options] [name] [-- command...]")
    .argument("[command...]", "after --, program and arguments exactly as given")
    .option("--rm", "delete the instance when the session ends, however it ends")
    .option("--detach", "open no session: leave the instance running, ready to be logged in to")
    .addOption(environmentOption())
    .option(
      "--timeout <duration>",
      "how long the guest may take to boot (default: 10m)",
      durationValue,
    )
    .addOption(acceleratorOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic run web --image debian\n  cubic run --rm -i alpine\n" +
        "  cubic run --rm -i ubuntu -- sh -c 'uname -a; uptime'\n  cubic run dev -i fedora --if-missing\n" +
        "  cubic run ci --detach --json -i debian | jq -r .sshPort",
    )
    .action(async (first, more, flags, command) => {
      const operands = first === undefined ? [] : [first, ...more];
      const { name, words } = splitOperands(operands, typedLine(command));
      checkSessionFlags(flags, words !== undefined);
      const app = await context.load();
      const { quoteCommand } = await import("../core/ssh/quote.ts");
      const session = (instance: Instance, detached?: string): Promise<void> =>
        runConnected(
          context,
          app,
          { name: instance.name },
          connectOptions(flags),
          (connection) =>
            runSession(context, connection, {
              command: words && quoteCommand(words),
              environment: flags.env ?? {},
              terminal: "auto",
              ...(detached !== undefined && { detached }),
            }),
        );
      const request = createRequest(name, flags);
      if (flags.rm) return await runTemporary(context, app, request, session);
      const instance = await make(context, app, request, flags.ifMissing === true);
      await (flags.detach
        ? runDetached(context, app, instance, { ...flags, ...connectOptions(flags) })
        : session(instance));
    });
}

async function make(
  context: Context,
  app: App,
  request: CreateRequest,
  ifMissing: boolean,
): Promise<Instance> {
  if (ifMissing) {
    const { createIfMissing } = await import("../core/instances/existing.ts");
    const { instance, created } = await createIfMissing(app, request, operation(context));
    if (!created) context.ui.note(`${instance.name} is there already`);
    return instance;
  }
  const { createInstance } = await import("../core/instances/create.ts");
  const instance = await createInstance(app, request, operation(context));
  context.ui.note(`Created ${instance.name}`);
  return instance;
}

/** Whatever ends the session, the instance goes with it. */
async function runTemporary(
  context: Context,
  app: App,
  request: CreateRequest,
  session: (instance: Instance, detached: string) => Promise<void>,
): Promise<void> {
  const { createTemporary } = await import("../core/instances/create.ts");
  const { endTemporary } = await import("../core/instances/temporary.ts");
  const temporary = await createTemporary(app, request, operation(context));
  try {
    context.ui.note(`Created ${temporary.instance.name}, which lives as long as this session`);
    await session(temporary.instance, "Left the session.");
  } finally {
    context.ui.settle();
    await endTemporary(app, temporary, context.ui.report);
  }
}

/**
 * The name and the command in the operands of a line. Pure.
 * @throws CubicError "usage" when words follow the name without `--`, or none follow `--`.
 */
export function splitOperands(
  operands: readonly string[],
  line: readonly string[],
): { readonly name: string | undefined; readonly words: readonly string[] | undefined } {
  const { before, words } = splitAtDashes(operands, line);
  if (before.length <= 1 && words?.length !== 0) return { name: before[0], words };
  const what = words?.length === 0 ? "nothing follows --" : `"${before[1]}" follows the name`;
  throw new CubicError("usage", `Cannot tell what to run: ${what}`, {
    hint: "Write the command after --, as in `cubic run web -i debian -- uname -a`.",
  });
}
