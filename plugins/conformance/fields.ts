/**
 * Reading values that a stranger's program made. A reader takes the value and what it is called, and returns the
 * value cleaned, or throws an Error that begins with that name.
 */

/** Reads one value. @throws Error `<what> …` */
export type Read<T> = (value: unknown, what: string) => T;

/** The values of an object by what they are called. */
export interface Fields {
  /** A member that has to be there. */
  need<T>(name: string, read: Read<T>): T;
  /** A member that may be left out, as an object to spread: `{ name: value }` or `{}`. */
  may<K extends string, T>(name: K, read: Read<T>): { readonly [P in K]?: T };
}

/** Reads an object; members that are not asked for are ignored. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${what} is no object`);
  }
  // Own members alone: "constructor" is nothing the author wrote.
  const member = (name: string): unknown =>
    Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  return {
    need(name, read) {
      const found = member(name);
      if (found === undefined) throw new Error(`${what} has no "${name}"`);
      return read(found, `${what}: "${name}"`);
    },
    may<K extends string, T>(name: K, read: Read<T>): { readonly [P in K]?: T } {
      const found = member(name);
      if (found === undefined) return {};
      return { [name]: read(found, `${what}: "${name}"`) } as { readonly [P in K]?: T };
    },
  };
}

/** Text that a pattern matches as a whole. @param rule what the pattern asks for: "a lower-case word". */
export function textLike(pattern: RegExp, rule: string, longest = 64): Read<string> {
  return (value, what) => {
    if (typeof value !== "string") throw new Error(`${what} is no text`);
    if (value.length > longest) throw new Error(`${what} has more than ${longest} characters`);
    if (!pattern.test(value)) throw new Error(`${what} is ${quoted(value)}, and not ${rule}`);
    return value;
  };
}

/** One of a few values. */
export function oneOf<const T extends string | number>(...choices: readonly T[]): Read<T> {
  return (value, what) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new Error(`${what} is ${quoted(value)}, and not ${choices.join(" or ")}`);
  };
}

/** A list, each item read by `read`; items are counted from 1 in errors. */
export function listOf<T>(read: Read<T>, least = 0, most = 1000): Read<readonly T[]> {
  return (value, what) => {
    if (!Array.isArray(value)) throw new Error(`${what} is no list`);
    if (value.length < least) throw new Error(`${what} is empty`);
    if (value.length > most) throw new Error(`${what} has more than ${most} items`);
    return Array.from(value, (item, index) => read(item, `${what} ${index + 1}`));
  };
}

/** A whole number of bytes. */
export function bytes(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`${what} is ${quoted(value)}, and not a number of bytes`);
}

/** True or false. */
export function yesOrNo(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw new Error(`${what} is ${quoted(value)}, and not true or false`);
}

/** A value in quotes for an error, cut short, with control characters escaped. */
export function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : `${typeof value}`;
  const escaped = JSON.stringify(text.slice(0, 80)).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, "0")}`,
  );
  return typeof value === "number" ? String(value) : escaped;
}
