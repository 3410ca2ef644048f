/** What is said of distributions. */
import { choice, count, either, extend, flag, list, record, type Schema, text } from "./kinds.ts";

const NAME = text("name of the distribution");

const DISTRO = record("a distribution", {
  name: NAME,
  title: text("as people write it"),
  aliases: list(text("name"), "other names that lead to it"),
  kind: choice("where it is from", ["built-in", "added"]),
  baseUrl: text("where its images are"),
  hosts: list(text("host name"), "other hosts it fetches from"),
  guest: record("what is known of its guests", {
    minimumMemory: count("least memory in bytes that it boots with"),
  }, {
    shell: text("login shell of the user"),
    privilege: choice("how the user becomes root", ["sudo", "doas"]),
    renameCard: flag("false when the network card keeps its name"),
  }),
}, {
  mirror: text("base URL that replaces baseUrl, by the setting mirror.<name>"),
  source: text("path or URL the plugin came from; only of added ones"),
  digest: text("SHA-256 of the plugin's file; only of added ones"),
  allowLoopback: flag("true when it may fetch from this machine; only of added ones"),
});

/** One distribution as it was added. */
export const ADDED: Schema = DISTRO;

/** The distributions. */
export const DISTROS: Schema = list(DISTRO);

/** One distribution with its releases. */
export const SHOWN_DISTRO: Schema = extend(DISTRO, {
  releases: list(
    record("a release", {
      version: text("as in 12"),
      arches: list(choice("architecture", ["amd64", "arm64"]), "architectures it comes for"),
    }, {
      codename: text("as in bookworm"),
      tags: list(text("as in stable"), "moving names that lead to it now"),
      endOfLife: { type: "string", format: "date", description: "last day of support" },
      cpuLevel: count("x86-64 level its programs are built for; 1 when left out"),
    }),
    "newest first; empty when its vendor can't be reached",
  ),
});

/** What the checks of a distribution found. */
export const CHECKED: Schema = record("the checks of a distribution", {
  name: NAME,
  ok: flag("true when all passed"),
  checks: list(record("a check", {
    name: text("what was checked"),
    ok: flag("true when it passed"),
    detail: text("what was found"),
  })),
});

/** What an update did. */
export const UPDATED: Schema = either(
  "the distribution as it is now, or only its name when nothing changed",
  extend(DISTRO, { updated: { const: true, description: "it was read anew" } }),
  record("nothing changed", {
    name: NAME,
    updated: { const: false, description: "it was up to date, or the answer was no" },
  }),
);

/** What a removal did. */
export const REMOVED_DISTRO: Schema = record("a distribution that was added", {
  name: NAME,
  removed: flag("false when the answer to the question was no"),
});

/** A new plugin. */
export const SCAFFOLD: Schema = record("the files of a new plugin", {
  plugin: text("path of the plugin"),
  fixtures: text("path of the recorded answers that its check is run against"),
}, { types: text("path of the types for editors; only of ts and js") });

/** The keys that were taken. */
export const KEYS: Schema = list(record("a signing key", {
  fingerprint: text("of the primary key: 40 hexadecimal digits"),
  path: text("the file it is in now"),
}));
