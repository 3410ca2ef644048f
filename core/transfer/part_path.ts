/** The temporary name a file has in the guest until it is whole. */

/** A new name in the same directory; short, since the file's own name may be as long as names can be. */
export function partPath(path: string): string {
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  return `${directory}.cubic-${crypto.randomUUID().slice(0, 8)}.part`;
}
