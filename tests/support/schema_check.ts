/** Checking results against their schemas, more strictly than programs should. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Schema } from "../../cmd/schema/kinds.ts";
import { RESULTS, schemaOf } from "../../cmd/schema/results.ts";

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Compiles a schema; the returned function gives the faults of a value, none when it is right. */
export function checker(schema: Schema): (value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addFormat("date-time", DATE_TIME);
  ajv.addFormat("date", /^\d{4}-\d\d-\d\d$/);
  const check = ajv.compile(closed(schema) as Schema);
  return (value) =>
    check(value)
      ? []
      : (check.errors ?? []).map(({ instancePath, message, params }) =>
        `${instancePath || "the result"} ${message} ${JSON.stringify(params)}`
      );
}

/**
 * Fails unless a value fits the schema of the command that these words begin with.
 * @throws Error that names the faults, or when there is no such command.
 */
export function checkResult(words: readonly string[], value: unknown): void {
  const path = [words.slice(0, 2).join(" "), words[0] ?? ""].find((path) => path in RESULTS);
  const schema = path === undefined ? undefined : schemaOf(path);
  if (!schema) throw new Error(`cubic ${words.join(" ")} has no schema`);
  const faults = checker(schema)(value);
  if (faults.length === 0) return;
  throw new Error(`cubic ${words.join(" ")} --json: ${faults.join("; ")}`);
}

/** The schema with no room for fields that it does not describe: a field nobody wrote down is a mistake of ours. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const all = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  return "properties" in schema && !("additionalProperties" in schema)
    ? { ...all, additionalProperties: false }
    : all;
}
