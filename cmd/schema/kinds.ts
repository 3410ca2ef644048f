/** The words in which the schemas are written: each makes a JSON Schema (draft 2020-12) as plain data. */

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** The fields of an object and their schemas. */
export type Fields = Readonly<Record<string, Schema>>;

/** A text. */
export function text(description: string): Schema {
  return { type: "string", description };
}

/** One of a few texts. */
export function choice(description: string, values: readonly string[]): Schema {
  return { type: "string", enum: values, description };
}

/** A whole number from 0 up. */
export function count(description: string): Schema {
  return { type: "integer", minimum: 0, description };
}

/** A number that may have a fraction. */
export function number(description: string): Schema {
  return { type: "number", description };
}

/** True or false. */
export function flag(description: string): Schema {
  return { type: "boolean", description };
}

/** A point in time: ISO 8601, UTC. */
export function time(description: string): Schema {
  return { type: "string", format: "date-time", description };
}

/** A list of what the schema describes. */
export function list(items: Schema, description?: string): Schema {
  return { type: "array", items, ...(description !== undefined && { description }) };
}

/** An object: fields that are always there, and fields that are left out when there is nothing to say. */
export function record(description: string, required: Fields, optional: Fields = {}): Schema {
  const keys = Object.keys(required);
  return {
    type: "object",
    description,
    properties: { ...required, ...optional },
    ...(keys.length > 0 && { required: keys }),
  };
}

/** The same object with more fields. */
export function extend(base: Schema, required: Fields, optional: Fields = {}): Schema {
  const before = Array.isArray(base["required"]) ? base["required"] : [];
  return {
    ...base,
    properties: { ...Object(base["properties"]), ...required, ...optional },
    required: [...before, ...Object.keys(required)],
  };
}

/** What the schema describes, or null. */
export function nullable(schema: Schema): Schema {
  const values = schema["enum"];
  return {
    ...schema,
    type: [schema["type"], "null"],
    ...(Array.isArray(values) && { enum: [...values, null] }),
  };
}

/** An object whose keys are not fixed. */
export function map(description: string, values: Schema): Schema {
  return { type: "object", description, additionalProperties: values };
}

/** One of several forms. */
export function either(description: string, ...forms: readonly Schema[]): Schema {
  return { description, anyOf: forms };
}
