/** docs/json.md, from the schemas. Pure. */
import type { Schema } from "../cmd/schema/kinds.ts";
import { JSON_ALONE, NO_RESULT, STREAMS } from "../cmd/schema/results.ts";
import { table } from "./commands_md.ts";

/** The page for these results, by the path of their command. */
export function jsonPage(results: Readonly<Record<string, Schema>>, version: number): string {
  const intro = [
    "# JSON",
    "",
    "<!-- Written by `deno task docs`. -->",
    "",
    "`--json` prints the result of a command on standard output as JSON, `--format yaml` as YAML.",
    "Messages, warnings and progress are on standard error. `cubic schema COMMAND` prints the JSON Schema",
    "(draft 2020-12) of a result; tests hold every result to it.",
    "",
    `This is version ${version}. Within it fields are only added, and no field changes its meaning or its`,
    "type: ignore the fields that you don't know.",
    "",
    `- Lists are arrays, also when they are empty. ${
      said(STREAMS)
    } and \`stats --stream\` print a value a`,
    "  line, and nothing when there is nothing to tell.",
    "- Names are in camelCase, sizes are bytes, times ISO 8601 in UTC, durations milliseconds.",
    "- Who is asked and says no gets a result too: an empty list, or one that says that nothing was done. Only",
    "  `distro add` prints nothing then, as there is no distribution to tell of.",
    `- ${
      said(JSON_ALONE)
    } have \`--json\` alone: they print a stream, which YAML has no lines for, or their`,
    "  `--format` is the one of a file.",
    "- `run` prints a result with `--detach`: a session prints what the guest says.",
    "- A command that fails prints its error on standard error and, but for those that did a part of their",
    "  work, nothing on standard output. Its exit status tells the kind (`cubic --help`).",
    "- No result is printed by these commands:",
    ...Object.entries(NO_RESULT).map(([path, why]) => `  - \`cubic ${path}\`: ${why}`),
    "- Fields marked _optional_ are left out when there is nothing to say, and null is said where it is.",
  ];
  const seen = new Map<Schema, string>();
  const sections = Object.entries(results).flatMap(([path, schema]) => {
    const lines = ["", `## cubic ${path}`, "", ...known(schema, seen) ?? describe(schema)];
    if (!seen.has(schema)) seen.set(schema, path);
    return lines;
  });
  return [...intro, ...sections].join("\n") + "\n";
}

/** As in `events`, `logs` and `image export`. */
function said(paths: readonly string[]): string {
  const names = paths.map((path) => `\`${path}\``);
  return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}

/** What was described before is not described again. */
function known(schema: Schema, seen: ReadonlyMap<Schema, string>): string[] | undefined {
  const same = seen.get(schema);
  if (same !== undefined) return [`As of [cubic ${same}](#cubic-${same.replaceAll(" ", "-")}).`];
  const items = seen.get(Object(schema["items"]));
  if (items === undefined) return undefined;
  return [`A list, each as of [cubic ${items}](#cubic-${items.replaceAll(" ", "-")}).`];
}

function describe(schema: Schema): string[] {
  const forms = schema["anyOf"];
  if (Array.isArray(forms)) {
    const intro = `One of: ${forms.map((form) => titleOf(form)).join("; ")}.`;
    return [intro, ...forms.flatMap((form) => ["", ...describe(form)])];
  }
  if (schema["type"] === "array") {
    const items = Object(schema["items"]);
    return Array.isArray(items["anyOf"])
      ? [`A list. Each is one of these:`, ...describe(items).slice(1)]
      : [`A list of this: ${titleOf(items)}.`, "", ...fieldTable(items)];
  }
  return [`${capital(titleOf(schema))}.`, "", ...fieldTable(schema)];
}

function titleOf(schema: Schema): string {
  const items = schema["items"];
  if (schema["type"] === "array") return `a list of this: ${titleOf(Object(items))}`;
  return String(schema["description"] ?? "");
}

function fieldTable(schema: Schema): string[] {
  const rows = fields(schema, "");
  return rows.length === 0 ? [] : table(["field", "what it is"], rows);
}

function fields(schema: Schema, prefix: string): { term: string; description: string }[] {
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  return Object.entries<Schema>(Object(schema["properties"])).flatMap(([name, field]) => {
    const items = field["type"] === "array" ? Object(field["items"]) : field;
    const path = `${prefix}${name}${field["type"] === "array" ? "[]" : ""}`;
    const optional = required.has(name) ? "" : ", _optional_";
    const description = `${typeOf(field)}${optional}: ${field["description"] ?? titleOf(items)}`;
    return [{ term: path, description }, ...fields(items, `${path}.`)];
  });
}

function typeOf(schema: Schema): string {
  const values = schema["enum"];
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(" or ");
  if ("const" in schema) return `\`${schema["const"]}\``;
  if (schema["format"] === "date-time") return "time";
  if (schema["format"] === "date") return "day";
  if (schema["type"] === "array") return `list of ${typeOf(Object(schema["items"]))}`;
  const type = schema["type"];
  if (type === undefined) return "any";
  return Array.isArray(type) ? type.join(" or ") : String(type);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
