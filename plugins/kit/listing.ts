/**
 * Reading the directory listings of web servers (Apache, nginx, lighttpd, Caddy, mirror software). No two look
 * alike, but all of them link what is in the directory.
 */

/** A file or a directory that a listing links. */
export interface ListingEntry {
  /** The name, decoded, without a slash. */
  readonly name: string;
  readonly directory: boolean;
}

interface Link {
  readonly path: string;
  readonly text: string;
}

/** Longer links are nobody's file; what a hostile page costs stays linear. */
const MAX_PATH = 1024;

/**
 * What a directory has, in the listing's order, each once. Links may be relative or have the path from the root;
 * links to sort the listing, to other hosts and to parent directories are none of its entries.
 */
export function parseListing(html: string): readonly ListingEntry[] {
  const links = readLinks(html).filter(({ path }) => isHere(path));
  const above = new Set([...links.filter(isParent).map(({ path }) => path), ...ancestors(links)]);
  const entries = new Map<string, ListingEntry>();
  for (const { path } of links) {
    const entry = above.has(path) ? undefined : asEntry(path);
    if (entry) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

/** `[^<>]` and not `[^>]`: a page of opened tags must not take quadratic time. */
function readLinks(html: string): readonly Link[] {
  const anchors = html.matchAll(
    /<a\s[^<>]*?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))[^<>]*>([^<]*)/gi,
  );
  return [...anchors].map(([, double, single, bare, text = ""]) => ({
    path: decodeEntities(double ?? single ?? bare ?? "").trim().replace(/^(?:\.\/)+/, ""),
    text: text.trim(),
  }));
}

/** True unless it sorts the listing, leads to a place in the page, or has a scheme or a host. */
function isHere(path: string): boolean {
  return path.length <= MAX_PATH && !/[?#\\]|^\/\/|^[a-z][a-z0-9+.-]*:/i.test(path);
}

function isParent({ path, text }: Link): boolean {
  return /^\.\.?\/?$|^\/$/.test(path) || /^(?:\[?parent dir|\.\.)/i.test(text);
}

/** The directories that links with a path from the root lie in: breadcrumbs link to these. */
function ancestors(links: readonly Link[]): readonly string[] {
  return links.filter(({ path }) => path.startsWith("/")).flatMap(({ path }) =>
    [...path.slice(0, -1).matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1))
  );
}

function asEntry(path: string): ListingEntry | undefined {
  const match = /^(?:\/(?:[^/]+\/)*)?([^/]+)(\/?)$/.exec(path);
  const name = decode(match?.[1] ?? "");
  if (name === undefined || !isName(name)) return undefined;
  return { name, directory: match?.[2] === "/" };
}

/** What is decoded may hide a path or control characters. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\p{Cc}]/u.test(name);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function decodeEntities(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    "#39": "'",
  };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => named[name] ?? "");
}
