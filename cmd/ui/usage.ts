/** What a person sees of a command line that can't be read. Pure. */
import { CubicError } from "../../core/errors.ts";
import { didYouMean } from "../../core/names.ts";
import { commandHere } from "./other_words.ts";

/** The command whose part of the line can't be read. */
export interface UsageScope {
  /** As typed: `cubic image build`. */
  readonly path: string;
  /** What follows it, as in `[options] <name>`. */
  readonly usage: string;
  /** The names of its subcommands. */
  readonly commands: readonly string[];
  /** What they are; "command" when left out. */
  readonly noun?: string;
}

/** The parser's complaint in the form that all our errors have. */
export function usageError(complaint: string, scope: UsageScope): CubicError {
  const [first = "", ...more] = complaint.replace(/^error: /, "").trim().split("\n");
  const command = /^unknown command '(.*)'$/.exec(first)?.[1];
  if (command !== undefined) return unknownCommand(command, scope);
  const [what = "", ...rest] = first.replace(/'([^']*)'/g, '"$1"').split(/\.(?: |$)/);
  const advice = [
    ...more.map((line) => line.replace(/^\((Did you mean .*\?)\)$/, "$1")),
    ...rest.filter((sentence) => sentence !== "").map((sentence) => `${sentence}.`),
    `Usage: \`${scope.path} ${scope.usage}\`; --help tells more.`,
  ];
  return new CubicError("usage", `Cannot read the command line: ${what}`, {
    hint: advice.join(" "),
  });
}

/** The error for a command that there is not. */
export function unknownCommand(
  word: string,
  { path, commands, noun = "command" }: Pick<UsageScope, "path" | "commands" | "noun">,
): CubicError {
  const here = path === "cubic" ? commandHere(word) : undefined;
  const near = here === undefined ? didYouMean(word, commands) : `Here that is \`${here}\`.`;
  return new CubicError("usage", `Cannot find the ${noun} "${word}"`, {
    hint: [near, `\`${path} --help\` lists the commands.`].filter(Boolean).join(" "),
  });
}
