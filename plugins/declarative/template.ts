/** URL templates and file patterns of declared distros. Pure. */

/** What may stand in braces. */
const PLACEHOLDERS = ["base", "version", "codename", "arch", "file"] as const;

/** The values of a template's placeholders. */
export type TemplateValues = Readonly<Partial<Record<typeof PLACEHOLDERS[number], string>>>;

/** The names in braces. @throws Error for a name there is not, and for a brace that stands alone. */
export function placeholdersOf(template: string): readonly string[] {
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const unknown = names.find((name) => !(PLACEHOLDERS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new Error(`has {${unknown}}, and not one of {${PLACEHOLDERS.join("}, {")}}`);
  }
  if (/[{}]/.test(template.replace(/\{[^{}]*\}/g, ""))) throw new Error("has a brace on its own");
  return names;
}

/** The template with its values. @throws Error naming a placeholder that has no value. */
export function fill(template: string, values: TemplateValues): string {
  return template.replace(/\{([a-z]+)\}/g, (_, name: keyof TemplateValues) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`${template} needs a ${name}, and there is none`);
    return value;
  });
}

/** True when the name fits the pattern, in which `*` stands for any characters. Takes linear time. */
export function fitsPattern(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}
