/** Distributions as people and programs see them. Pure. */
import type { KnownDistro } from "../../core/app.ts";
import type { Config } from "../../core/config.ts";
import { formatSize } from "../../core/size.ts";
import type { Distro, Release } from "../../plugins/contract.ts";
import { renderFacts, renderTable } from "./table.ts";
import { printable, printableLine, type Style } from "./text.ts";

type Mirrors = Pick<Config, "mirror">;

/** A distribution in the form that `--json` promises: names never change their meaning. Sizes are bytes. */
export function describeDistro(distro: KnownDistro, { mirror }: Mirrors): Record<string, unknown> {
  const { name, title, aliases = [], baseUrl, hosts, guest, added } = distro;
  return {
    ...{ name, title, aliases, kind: kindOf(distro), baseUrl },
    ...(mirror[name] !== undefined && { mirror: mirror[name] }),
    ...{ hosts, guest },
    ...(added && {
      source: added.source,
      digest: `sha256-${added.digest}`,
      allowLoopback: added.allowLoopback,
    }),
  };
}

/** The distributions as a table. */
export function renderDistros(
  distros: readonly KnownDistro[],
  { mirror }: Mirrors,
  width: number,
): string {
  const columns = [{ title: "NAME" }, { title: "TITLE" }, { title: "KIND" }, { title: "FROM" }];
  return renderTable(
    columns,
    distros.map((distro) => {
      const { name, title, baseUrl } = distro;
      return [name, title, kindOf(distro), mirror[name] ?? baseUrl];
    }),
    width,
  );
}

/** All about one. */
export function renderDistro(
  distro: KnownDistro,
  { mirror }: Mirrors,
  releases: readonly Release[],
  width: number,
): string {
  const { name, added } = distro;
  const facts = renderFacts([
    ...distroFacts(distro),
    ["Mirror", mirror[name]],
    ["Kind", kindOf(distro)],
    ["Source", added?.source],
    ["SHA-256", added?.digest],
    ["Loopback", added?.allowLoopback ? "allowed" : undefined],
  ]);
  return releases.length === 0 ? facts : `${facts}\n\n${renderReleases(releases, width)}`;
}

/** What is to be known before a plugin is taken in. */
export function renderCandidate(
  distro: Distro,
  { source, digest }: { readonly source: string; readonly digest: string },
): string {
  return renderFacts([...distroFacts(distro), ["Source", source], ["SHA-256", digest]]);
}

/** What an update changes. */
export function renderChanges(
  changes: readonly { readonly what: string; readonly before: string; readonly after: string }[],
  diff: string | undefined,
): string {
  const facts = changes.map(({ what, before, after }) =>
    [what, `${printableLine(before) || "none"}\n-> ${printableLine(after) || "none"}`] as const
  );
  return [renderFacts(facts), diff && printable(diff)].filter(Boolean).join("\n\n");
}

/** What the conformance suite found: what fails, or that nothing does. */
export function renderChecks(
  name: string,
  checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[],
  style: (text: string, style: Style) => string,
): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  const lines = checks.map(({ name, ok, detail }) => {
    const mark = ok ? style("  ok", "green") : style("fail", "red");
    return `[${mark}]  ${printableLine(name)}: ${printableLine(detail)}`;
  });
  const count = `${checks.length} ${checks.length === 1 ? "check" : "checks"}`;
  const verdict = failed === 0 ? `all of ${count} passed` : `${failed} of ${count} failed`;
  return [...lines, `${printableLine(name)}: ${verdict}`].join("\n");
}

function renderReleases(releases: readonly Release[], width: number): string {
  const columns = [
    ...[{ title: "VERSION" }, { title: "CODENAME" }, { title: "TAGS" }],
    ...[{ title: "ARCHES" }, { title: "END OF LIFE" }],
  ];
  return renderTable(
    columns,
    releases.map(({ version, codename = "", tags = [], arches, endOfLife = "" }) => [
      ...[version, codename, tags.join(", ")],
      ...[arches.join(", "), endOfLife],
    ]),
    width,
  );
}

function distroFacts(
  { name, title, aliases = [], baseUrl, hosts, guest }: Distro,
): (readonly [string, string | undefined])[] {
  return [
    ["Name", name],
    ["Title", title],
    ["Aliases", aliases.join(", ") || undefined],
    ["Images", baseUrl],
    ["Hosts", [new URL(baseUrl).host, ...hosts].join(", ")],
    ["Memory", `${formatSize(guest.minimumMemory)} at least`],
  ];
}

function kindOf({ added }: KnownDistro): "added" | "built-in" {
  return added ? "added" : "built-in";
}
