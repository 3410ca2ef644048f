/** `cubic ssh-config` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, type OutputFlags, printResult } from "./output.ts";

/** Prints or includes OpenSSH's configuration. */
export function sshConfigCommand(context: Context): CommandUnknownOpts {
  return new Command("ssh-config")
    .description(
      "Print OpenSSH's client configuration for instances, all of them when none are named: an instance " +
        "called web is the host web.cubic. With --install one line at the top of ~/.ssh/config includes " +
        "all of them, those to come too.",
    )
    .argument("[names...]", "instances")
    .option("--install", "include every instance in ~/.ssh/config")
    .option("--remove", "take that line out again")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic ssh-config --install && ssh web.cubic\n" +
        "  cubic ssh-config web > web.conf && ssh -F web.conf web.cubic",
    )
    .action(async (names, flags) => {
      if (!flags.install && !flags.remove) return await print(context, names, flags);
      if (names.length > 0 || (flags.install && flags.remove)) throw oneThingAtATime();
      await change(context, flags.install ? "install" : "remove", flags);
    });
}

async function print(
  context: Context,
  names: readonly string[],
  flags: OutputFlags,
): Promise<void> {
  const { sshEntries } = await import("../core/instances/ssh_config.ts");
  const { renderSshEntry } = await import("../core/instances/ssh_files.ts");
  const entries = await sshEntries(await context.load(), names, operation(context));
  await printResult(context, flags, {
    value: entries,
    text: () => entries.length === 0 ? undefined : entries.map(renderSshEntry).join("\n"),
    names: () => entries.map(({ host }) => host),
    note: () => entries.length === 0 ? NO_INSTANCES : undefined,
  });
}

const NO_INSTANCES = "No instances yet; `cubic ssh-config --install` includes those to come, too.";

async function change(
  context: Context,
  verb: "install" | "remove",
  flags: OutputFlags,
): Promise<void> {
  const { installSshConfig, removeSshConfig } = await import("../core/instances/ssh_config.ts");
  const app = await context.load();
  const change =
    await (verb === "install" ? installSshConfig(app, operation(context)) : removeSshConfig(app));
  await printResult(context, flags, { value: change, text: () => undefined });
  const { file, changed } = change;
  if (verb === "remove") {
    return context.ui.note(
      changed ? `Removed the line from ${file}` : `No line of cubic's in ${file}`,
    );
  }
  context.ui.note(
    `${file} ${changed ? "includes" : "included"} the instances${changed ? " now" : " already"}; ` +
      "`ssh NAME.cubic` reaches one that runs.",
  );
}

function oneThingAtATime(): CubicError {
  return new CubicError("usage", "Cannot install, remove and print at once", {
    hint:
      "The line is for all instances: `cubic ssh-config --install`, `cubic ssh-config --remove`.",
  });
}
