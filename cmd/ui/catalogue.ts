/** The images to choose from, as people and programs see them. Pure. */
import type { CatalogueEntry } from "../../core/images/catalogue.ts";
import { formatSize } from "../../core/size.ts";
import { renderTable } from "./table.ts";

/** An entry in the form that `--json` promises: names never change their meaning. Sizes are bytes. */
export function describeEntry(entry: CatalogueEntry): Record<string, unknown> {
  const { name, distro, title, version, codename, tags, arch, endOfLife, ended, stored } = entry;
  return {
    ...{ name, distro, title, version },
    codename: codename ?? null,
    ...{ tags, arch },
    endOfLife: endOfLife ?? null,
    ended,
    cached: stored !== undefined,
    size: stored?.size ?? null,
    digest: stored ? `${stored.checksum.algorithm}-${stored.checksum.digest}` : null,
    verified: stored?.verified ?? null,
  };
}

/** The entries as a table. */
export function renderCatalogue(entries: readonly CatalogueEntry[], width: number): string {
  const columns = [
    { title: "NAME" },
    { title: "RELEASE" },
    { title: "TAGS" },
    { title: "ARCH" },
    { title: "SUPPORTED" },
    { title: "CACHED", align: "right" as const },
  ];
  return renderTable(columns, entries.map(rowOf), width);
}

function rowOf(entry: CatalogueEntry): string[] {
  const { name, title, version, tags, arch, endOfLife, ended, stored } = entry;
  return [
    // The architecture has a column of its own.
    name.replace(/:[^:]*$/, ""),
    title === entry.distro || title.endsWith(version) ? version : `${title} ${version}`,
    tags.join(", "),
    arch,
    endOfLife === undefined ? "" : ended ? `${endOfLife} (ended)` : endOfLife,
    stored ? formatSize(stored.size) : "",
  ];
}
