/** The lines of a list that may stand in OpenPGP armor (RFC 9580, sections 6.2 and 7). */

/**
 * The lines that a list says. Of a clear-signed list these are the signed lines alone, without dash escapes: what
 * stands around the signed part is anybody's. In an unsigned list armored blocks are skipped. A signed part that
 * has no end says nothing.
 */
export function listLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  const begin = lines.indexOf("-----BEGIN PGP SIGNED MESSAGE-----");
  return begin < 0 ? withoutBlocks(lines) : signedLines(lines.slice(begin + 1));
}

function signedLines(lines: readonly string[]): readonly string[] {
  const blank = lines.findIndex((line) => line.trim() === ""); // after the "Hash:" headers
  const end = lines.indexOf("-----BEGIN PGP SIGNATURE-----");
  if (blank < 0 || end < blank) return [];
  return lines.slice(blank + 1, end).map((line) => line.startsWith("- ") ? line.slice(2) : line);
}

function withoutBlocks(lines: readonly string[]): readonly string[] {
  let inside = false;
  return lines.filter((line) => {
    if (/^-----BEGIN PGP /.test(line)) inside = true;
    const counts = !inside;
    if (/^-----END PGP /.test(line)) inside = false;
    return counts;
  });
}
