/** The man pages, in roff, from what the program's help says. Pure. */
import type { CommandText, Term } from "./commands.ts";

/** A topic of `cubic help`. */
export interface TopicText {
  readonly name: string;
  readonly text: string;
}

/** A page for each command, by its file name; the topics are in the program's own. */
export function manPages(
  commands: readonly CommandText[],
  topics: readonly TopicText[],
  version: string,
): Map<string, string> {
  const [program] = commands;
  return new Map(
    commands.map((command) => [
      `${pageName(command)}.1`,
      page(command, command === program ? topics : [], version),
    ]),
  );
}

function pageName({ path }: Pick<CommandText, "path">): string {
  return path.replaceAll(" ", "-");
}

function page(command: CommandText, topics: readonly TopicText[], version: string): string {
  const { path, summary, description, usage, aliases, notes } = command;
  const short = summary === "" ? "lightweight Linux virtual machines" : summary;
  const parent = path.split(" ").slice(0, -1).join("-");
  const lines = [
    // No date: the same program makes the same pages.
    `.TH "${escape(pageName(command)).toUpperCase()}" 1 "" "cubic ${
      escape(version)
    }" "cubic manual"`,
    // Words of commands must not be torn apart.
    ".nh",
    ".ad l",
    ...section("NAME", [`${escape(pageName(command))} \\- ${escape(short)}`]),
    ...section("SYNOPSIS", [`\\fB${escape(path)}\\fR ${escape(usage)}`]),
    ...section("DESCRIPTION", [escape(description.replaceAll("`", ""))]),
    ...aliases.length === 0
      ? []
      : section("ALIASES", [escape(aliases.map((name) => aliasPath(path, name)).join(", "))]),
    ...terms("ARGUMENTS", command.arguments),
    ...terms("COMMANDS", command.commands),
    ...terms("OPTIONS", command.options),
    ...terms("GLOBAL OPTIONS", command.globalOptions),
    ...topics.length > 0 ? [] : verbatim("NOTES", notes),
    ...topics.flatMap(({ name, text }) => verbatim(name.toUpperCase(), text)),
    ...parent === "" ? [] : section("SEE ALSO", [`\\fB${escape(parent)}\\fR(1)`]),
  ];
  return lines.join("\n") + "\n";
}

function aliasPath(path: string, alias: string): string {
  return [...path.split(" ").slice(0, -1), alias].join(" ");
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH "${escape(title)}"`, ...lines];
}

function terms(title: string, list: readonly Term[]): string[] {
  if (list.length === 0) return [];
  const items = list.flatMap(({ term, description }) => [
    ".TP",
    `\\fB${escape(term)}\\fR`,
    escape(description.replaceAll("`", "")),
  ]);
  return [...section(title, []), ...items];
}

function verbatim(title: string, text: string): string[] {
  if (text.trim() === "") return [];
  const lines = text.trim().split("\n").map((line) => line === "" ? ".sp" : escape(line));
  return [...section(title, []), ".nf", ...lines, ".fi"];
}

/** The text as roff prints it: no line of it is a request, hyphens are those that are typed. */
function escape(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    // deno-lint-ignore no-control-regex -- everything that is not ASCII
    .replace(/[^\x00-\x7f]/gu, (character) => `\\[u${hex(character)}]`)
    .replace(/^\./gm, "\\&.");
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
