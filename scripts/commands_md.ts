/** docs/commands.md, from what the program's help says. Pure. */
import type { CommandText, Term } from "./commands.ts";

/** The page. */
export function commandsPage(commands: readonly CommandText[]): string {
  const [program, ...others] = commands;
  const intro = [
    "# Commands",
    "",
    "<!-- Written by `deno task docs`. -->",
    "",
    "What `cubic COMMAND --help` prints. The start of a command's name will do where it fits no other.",
    "",
    ...table(["option", "what it does"], program?.globalOptions ?? []),
    "",
    ...others.filter(({ path }) => path.split(" ").length === 2).map(tocLine),
  ];
  return [...intro, ...others.flatMap(section)].join("\n") + "\n";
}

function tocLine({ path, summary }: CommandText): string {
  return `- [${path}](#${path.replaceAll(" ", "-")}): ${summary}`;
}

function section(command: CommandText): string[] {
  const { path, usage, description, aliases, notes } = command;
  return [
    "",
    `## ${path}`,
    "",
    `    ${path} ${usage}`,
    "",
    description,
    ...aliases.length === 0 ? [] : [
      "",
      `Also ${
        aliases.map((name) => `\`${[...path.split(" ").slice(0, -1), name].join(" ")}\``).join(
          ", ",
        )
      }.`,
    ],
    ...titled(["argument", "what it is"], command.arguments),
    ...titled(["command", "what it does"], command.commands),
    ...titled(["option", "what it does"], command.options),
    ...notes.trim() === "" ? [] : ["", ...notes.trim().split("\n").map(indent)],
  ];
}

/** A blank line between them, so that the text is one block. */
function indent(line: string): string {
  return line === "" ? "" : `    ${line}`;
}

function titled(titles: readonly [string, string], list: readonly Term[]): string[] {
  return list.length === 0 ? [] : ["", ...table(titles, list)];
}

/** As `deno fmt` writes tables: columns of the same width. */
export function table(titles: readonly [string, string], list: readonly Term[]): string[] {
  const rows = [titles, ...list.map(({ term, description }) => [`\`${term}\``, description])]
    .map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = [0, 1].map((index) =>
    Math.max(...rows.map((row) => [...row[index] ?? ""].length))
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, index) => pad(cell, widths[index] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)];
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}
