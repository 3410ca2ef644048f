/** Which of two versions is the newer one (semver.org, 11). Pure. */

/** Negative when `a` is older than `b`, positive when it is newer, 0 when they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < 3; at++) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.before === right.before) return 0;
  // 1.0.0-rc.1 is before 1.0.0.
  if (left.before === "") return 1;
  if (right.before === "") return -1;
  return comparePrereleases(left.before.split("."), right.before.split("."));
}

function parts(version: string): { readonly numbers: number[]; readonly before: string } {
  const [core = "", ...before] = version.replace(/\+.*/, "").split("-");
  return { numbers: core.split(".").map((text) => Number(text) || 0), before: before.join("-") };
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? "", b[at] ?? ""];
    if (left === right) continue;
    const numbers = [left, right].map((text) => /^\d+$/.test(text));
    if (numbers[0] && numbers[1]) return Number(left) - Number(right);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}
