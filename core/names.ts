/** What an instance may be called, and what was probably meant. */
import { CubicError } from "./errors.ts";

/** Unix sockets and host names both limit us; a DNS label ends at 63 characters. */
const MAX_NAME = 63;

/**
 * Returns the name if it may name an instance: a host name label of letters, digits and hyphens that
 * starts with a letter and does not end with a hyphen (RFC 1123 with a leading letter, so that a name
 * is never taken for a flag, a number or a path).
 * @throws CubicError "invalid-name"
 */
export function instanceName(name: string): string {
  if (name.length <= MAX_NAME && /^[a-z]([a-z0-9-]*[a-z0-9])?$/i.test(name)) return name;
  throw new CubicError("invalid-name", `Cannot use ${JSON.stringify(name)} as an instance name`, {
    hint:
      `Use letters, digits and hyphens, starting with a letter, ${MAX_NAME} characters at most.`,
  });
}

/**
 * Returns the user name if useradd accepts it on every distribution.
 * @throws CubicError "invalid-name"
 */
export function userName(name: string): string {
  if (/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) return name;
  throw new CubicError("invalid-name", `Cannot use ${JSON.stringify(name)} as a user name`, {
    hint: "Use lower-case letters, digits, _ and -, starting with a letter or _, 32 at most.",
  });
}

/** The candidates that `name` is a likely slip of, best first, three at most. */
export function suggestions(name: string, candidates: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return [...candidates].sort()
    .map((candidate) => ({ candidate, distance: slips(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** A hint that names what was probably meant, or undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const near = suggestions(name, candidates);
  return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
}

/** Edits between two words (optimal string alignment: a swapped pair counts once); a prefix counts as one. */
function slips(a: string, b: string): number {
  if (a.length > 1 && b.startsWith(a)) return 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (before[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
