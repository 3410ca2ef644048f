/** Patterns for names: `*`, `?`, `[a-z]`, `[!a-z]` and `\` before a character that stands for itself. Pure. */

/** True when a text has a character that means something in a pattern. */
export function hasGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * The pattern as a regular expression for whole names. `*` and `?` match no slash; `**` between slashes matches
 * any number of directories. A bracket that is never closed stands for itself.
 */
export function globToRegExp(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const [taken, text] = translate(rest, at === 0 || pattern[at - 1] === "/");
    source += text;
    at += taken;
  }
  return new RegExp(`^${source}$`, "su");
}

/** How many characters of the pattern's rest are the next part, and what they are as a regular expression. */
function translate(rest: string, atStart: boolean): readonly [taken: number, source: string] {
  if (atStart && rest.startsWith("**/")) return [3, "(?:[^/]+/)*"];
  if (atStart && rest === "**") return [2, ".+"];
  const [first = ""] = rest;
  if (first === "*") return [/^\*+/.exec(rest)![0].length, "[^/]*"];
  if (first === "?") return [1, "[^/]"];
  if (first === "\\" && rest.length > 1) {
    const [, next = ""] = [...rest.slice(0, 3)];
    return [1 + next.length, escape(next)];
  }
  const set = /^\[([!^]?)(\]?[^\]]*)\]/su.exec(rest);
  if (set) {
    const members = set[2]!.replace(/[\\[\]^&~|(){}/]/g, "\\$&");
    const source = `(?!/)[${set[1] ? "^" : ""}${members}]`;
    return [set[0].length, isRegExp(source) ? source : escapeAll(set[0])];
  }
  return [first.length, escape(first)];
}

/** A range may run backwards, `[z-a]`: then it matches only itself. */
function isRegExp(source: string): boolean {
  try {
    return new RegExp(source, "su") instanceof RegExp;
  } catch {
    return false;
  }
}

function escapeAll(text: string): string {
  return [...text].map(escape).join("");
}

function escape(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
