/** What is said of settings, of the host and of copies. */
import { choice, count, flag, list, nullable, record, type Schema, text } from "./kinds.ts";

/** One setting. */
export const SETTING: Schema = record("a setting", {
  key: text("as config.toml and `cubic config set` write it"),
  value: {
    ...nullable(text("its value; null when it is not set and has no default")),
    type: ["string", "boolean", "integer", "null"],
  },
  from: choice("where the value is from", ["default", "file", "environment"]),
  describe: text("what it does"),
}, {
  variable: text("the environment variable it is from; only of those"),
});

/** The settings. */
export const SETTINGS: Schema = list(SETTING);

/** A change of a setting. */
export const SETTING_CHANGE: Schema = record("a change of config.toml", {
  key: text("the setting, as config.toml writes it"),
  value: {
    ...nullable(text("its new value; null when it was removed")),
    type: ["string", "boolean", "integer", "null"],
  },
  changed: flag("false when the file said so before"),
}, { overriddenBy: text("the environment variable that wins over the file now") });

/** Where the settings are. */
export const SETTINGS_PATH: Schema = record("where the settings are", {
  path: text("path of config.toml, whether it is there or not"),
});

/** What the checks of the host found. */
export const DOCTOR: Schema = record("the checks of the host", {
  findings: list(record("what a check found", {
    check: text("what was looked at"),
    about: choice("host: what it has and can do; state: what cubic keeps", ["host", "state"]),
    level: choice(
      "ok; note: worth knowing; warning: works, but less well; problem: does not work",
      ["ok", "note", "warning", "problem"],
    ),
    text: text("what was found"),
  }, { remedy: text("what to do about it: a command, or a sentence") })),
  fixed: list(text("a sentence"), "what --fix did"),
});

/** What `cubic upgrade` found and did. */
export const UPGRADE: Schema = record("an upgrade", {
  program: text("the path of the program"),
  current: text("its version before"),
  target: text("the version that was asked for, or the newest one"),
  available: flag("true when it is one to go to: newer, or the other one that was asked for"),
  upgraded: flag("true when the program is of that version now"),
});

/** What was copied. */
export const COPY: Schema = record("a copy", {
  files: count("how many files were copied"),
  bytes: count("how many bytes"),
  route: choice("the route that was taken, the last one when there were several", [
    ...["auto", "scp", "sftp", "stream", "block", "copy"],
  ]),
  target: text("the final path; the directory when there were several sources"),
  warnings: list(text("a sentence"), "what was left out or went wrong"),
  milliseconds: count("how long it took"),
}, {
  planned: list(
    record("a file", { target: text("where it would be"), bytes: count("its size") }),
    "with --dry-run: what would be copied",
  ),
});
