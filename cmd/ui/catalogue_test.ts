import { deepEqual, equal } from "node:assert/strict";
import type { CatalogueEntry } from "../../core/images/catalogue.ts";
import type { StoredImage } from "../../core/images/sidecar.ts";
import { renderCatalogue } from "./catalogue.ts";

const ENTRY: CatalogueEntry = {
  name: "debian:trixie:amd64",
  distro: "debian",
  title: "Debian",
  version: "13",
  codename: "trixie",
  tags: ["stable", "latest"],
  arch: "amd64",
  endOfLife: "2028-08-09",
  ended: false,
  stored: undefined,
};

Deno.test("renderCatalogue() shows name, release, tags, architecture, end of support and size", () => {
  const stored: StoredImage = {
    names: ["mine:1.0:arm64"],
    ...{ distro: "mine", release: "1.0", version: "1.0", arch: "arm64" },
    ...{ source: "/disk.qcow2", verified: "local", path: "/images/x", size: 300 * 1024 ** 2 },
    checksum: { algorithm: "sha256", digest: "ab".repeat(32) },
    ...{ virtualSize: 2 * 1024 ** 3, created: "2026-01-02T03:04:05.000Z" },
  };
  const old: CatalogueEntry = {
    ...ENTRY,
    ...{ name: "debian:buster:amd64", version: "10", codename: "buster", tags: [] },
    ...{ endOfLife: "2022-09-10", ended: true },
  };
  const own: CatalogueEntry = {
    ...{ name: "mine:1.0:arm64", distro: "mine", title: "mine", version: "1.0", arch: "arm64" },
    ...{ codename: undefined, tags: [], endOfLife: undefined, ended: false, stored },
  };
  const lines = renderCatalogue([ENTRY, old, own], Infinity).split("\n");
  const cells = lines.map((line) => line.split(/ {2,}/).filter((cell) => cell !== ""));
  deepEqual(cells, [
    ["NAME", "RELEASE", "TAGS", "ARCH", "SUPPORTED", "CACHED"],
    ["debian:trixie", "Debian 13", "stable, latest", "amd64", "2028-08-09"],
    ["debian:buster", "Debian 10", "amd64", "2022-09-10 (ended)"],
    ["mine:1.0", "1.0", "arm64", "300 M"],
  ]);
  equal(lines[3]?.endsWith("300 M"), true);
});
