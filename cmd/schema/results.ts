/**
 * The schema of every result that `--json` and `--format yaml` print: the one source of `cubic schema` and
 * docs/json.md. Within a version fields are only added, and none changes its meaning.
 */
import {
  ADDED,
  CHECKED,
  DISTROS,
  KEYS,
  REMOVED_DISTRO,
  SCAFFOLD,
  SHOWN_DISTRO,
  UPDATED,
} from "./distros.ts";
import {
  CATALOGUE,
  EXPORTED,
  IMAGE,
  IMAGES,
  PULLED,
  REMOVED_IMAGES,
  SHOWN_IMAGE,
} from "./images.ts";
import { INSTANCE, INSTANCES, NAMES, PROTECTED, SHOWN, STOPPED } from "./instances.ts";
import { list, type Schema } from "./kinds.ts";
import {
  COPY,
  DOCTOR,
  SETTING,
  SETTING_CHANGE,
  SETTINGS,
  SETTINGS_PATH,
  UPGRADE,
} from "./others.ts";
import {
  EVENT,
  LOG_LINE,
  MODIFIED,
  PORTS,
  PRUNED,
  SSH_CONFIG,
  STATS,
  TUNNELS,
  WAITED,
} from "./running.ts";

/** The version of all schemas. */
export const VERSION = 1;

/** What each command prints, by its path. */
export const RESULTS: Readonly<Record<string, Schema>> = {
  "create": INSTANCE,
  "run": INSTANCE,
  "start": list(INSTANCE),
  "stop": STOPPED,
  "restart": list(INSTANCE),
  "clone": INSTANCE,
  "rename": INSTANCE,
  "modify": MODIFIED,
  "protect": PROTECTED,
  "delete": NAMES,
  "instances": INSTANCES,
  "show": SHOWN,
  "ports": PORTS,
  "port list": PORTS,
  "port add": MODIFIED,
  "port remove": MODIFIED,
  "scp": COPY,
  "tunnel": TUNNELS,
  "logs": LOG_LINE,
  "wait": WAITED,
  "stats": STATS,
  "events": EVENT,
  "ssh-config": SSH_CONFIG,
  "images": CATALOGUE,
  "image list": IMAGES,
  "image show": SHOWN_IMAGE,
  "image pull": PULLED,
  "image refresh": PULLED,
  "image remove": REMOVED_IMAGES,
  "image import": IMAGE,
  "image build": IMAGE,
  "image export": EXPORTED,
  "distro list": DISTROS,
  "distro show": SHOWN_DISTRO,
  "distro add": ADDED,
  "distro check": CHECKED,
  "distro update": UPDATED,
  "distro trust": KEYS,
  "distro remove": REMOVED_DISTRO,
  "distro init": SCAFFOLD,
  "config list": SETTINGS,
  "config get": SETTING,
  "config set": SETTING_CHANGE,
  "config unset": SETTING_CHANGE,
  "config path": SETTINGS_PATH,
  "prune": PRUNED,
  "doctor": DOCTOR,
  "upgrade": UPGRADE,
};

/** The commands that print no result, by their path, and why: their output is no fact that cubic could tell of. */
export const NO_RESULT: Readonly<Record<string, string>> = {
  "ssh": "its output is the guest's own",
  "exec": "its output is the guest's own",
  "console": "its output is the guest's own",
  "schema": "it prints a document, which is JSON already",
  "completions": "it prints a script",
  "help": "it prints a text",
};

/** The commands whose result is a stream: a value a line, none when there is nothing to tell. */
export const STREAMS: readonly string[] = ["events", "logs"];

/** The commands with --json alone: their --format is the one of a file, or a stream, which YAML has no lines for. */
export const JSON_ALONE: readonly string[] = [...STREAMS, "image export", "distro init"];

/** The schema of a command as a document of its own; undefined when it prints no result. */
export function schemaOf(path: string): Schema | undefined {
  const schema = RESULTS[path];
  if (!schema) return undefined;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:cubic:${VERSION}:${path.replaceAll(" ", ":")}`,
    title: `cubic ${path} --json`,
    ...schema,
  };
}
