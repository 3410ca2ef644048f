/** `cubic completions` */
import { basename } from "node:path";
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { didYouMean } from "../core/names.ts";
import { completionScript, type Shell, SHELLS } from "./completions/shells.ts";
import type { Context } from "./context.ts";

const HOW = `
Where a shell finds it by itself:
  bash        ~/.local/share/bash-completion/completions/cubic
  zsh         ~/.zfunc/_cubic, with ~/.zfunc in fpath
  fish        ~/.config/fish/completions/cubic.fish
  powershell  the file $PROFILE
  elvish      the file ~/.config/elvish/rc.elv

Examples:
  cubic completions fish > ~/.config/fish/completions/cubic.fish
  source <(cubic completions bash)`;

/** Prints a script that lets a shell complete command lines. */
export function completionsCommand(context: Context): CommandUnknownOpts {
  return new Command("completions")
    .description(
      "Print a script with which a shell completes commands, options and live names: instances, " +
        "images, distributions, settings.",
    )
    .addArgument(new Argument("[shell]", `${SHELLS.join(", ")} (default: the one of $SHELL)`))
    .addHelpText("after", HOW)
    .action(async (shell) => {
      await context.ui.out(await completionScript(chooseShell(shell, context)));
    });
}

function chooseShell(wanted: string | undefined, { ui }: Context): Shell {
  const path = ui.terminal.env("SHELL");
  const name = wanted ?? (path === undefined ? undefined : basename(path));
  const known = SHELLS.find((shell) => shell === (name === "pwsh" ? "powershell" : name));
  if (known) return known;
  if (name === undefined) {
    throw new CubicError("usage", "Cannot tell which shell to write for: SHELL is not set", {
      hint: "Name it, as in `cubic completions bash`.",
    });
  }
  const whose = wanted === undefined ? `the shell "${name}" of SHELL` : `the shell "${name}"`;
  throw new CubicError("usage", `Cannot write completions for ${whose}`, {
    hint: [didYouMean(name, SHELLS), `There are: ${SHELLS.join(", ")}.`].filter(Boolean).join(" "),
  });
}
