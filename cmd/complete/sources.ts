/** What the arguments and options of each command are filled with. A test demands an entry for every argument. */

/**
 * guest: it is the guest's, so nothing is known of it. target: `[user@]instance`. copy: a path of `cubic scp`. shown: an instance or image. image:
 * one to make an instance of; stored: one in the store.
 */
export type Source =
  | "nothing"
  | "guest"
  | "instance"
  | "running"
  | "stopped"
  | "target"
  | "copy"
  | "shown"
  | "image"
  | "stored"
  | "distro"
  | "added"
  | "plugin"
  | "setting"
  | "setting-value"
  | "file"
  | "topic"
  | "result"
  | "shell";

/** By the command's path: the first argument's, the second's …; the last one counts for all that follow. */
export const ARGUMENTS: Readonly<Record<string, readonly Source[]>> = {
  "create": ["nothing"],
  "run": ["nothing", "guest"],
  "start": ["stopped"],
  "stop": ["running"],
  "restart": ["instance"],
  "modify": ["instance"],
  "clone": ["stopped", "nothing"],
  "rename": ["stopped", "nothing"],
  "delete": ["instance"],
  "protect": ["instance"],
  "show": ["shown"],
  "port add": ["instance", "nothing"],
  "port remove": ["instance", "nothing"],
  "port list": ["instance"],
  "ssh": ["target"],
  "exec": ["target", "guest"],
  "scp": ["copy"],
  "console": ["instance"],
  "logs": ["instance"],
  "events": ["instance"],
  "stats": ["running"],
  "wait": ["instance"],
  "tunnel": ["target"],
  "ssh-config": ["instance"],
  "images": ["distro"],
  "image show": ["image"],
  "image pull": ["image"],
  "image refresh": ["stored"],
  "image remove": ["stored"],
  "image export": ["stored", "file"],
  "image import": ["file"],
  "image build": ["image"],
  "distro show": ["distro"],
  "distro add": ["file"],
  "distro check": ["plugin"],
  "distro update": ["added"],
  "distro remove": ["added"],
  "distro trust": ["distro", "file"],
  "distro init": ["nothing"],
  "config get": ["setting"],
  "config set": ["setting", "setting-value"],
  "config unset": ["setting"],
  "schema": ["result"],
  "completions": ["shell"],
  "help": ["topic"],
};

/** By the option; those with choices need no entry, and of the others nothing is known. */
const OPTIONS: Readonly<Record<string, Source>> = {
  "--image": "image",
  "--fixtures": "file",
  "--output": "file",
};

/** What an argument is filled with; undefined when the command has no entry. */
export function argumentSource(path: string, index: number): Source | undefined {
  const sources = ARGUMENTS[path];
  return sources?.[Math.min(index, sources.length - 1)];
}

/** What the value of an option is filled with. */
export function optionSource(long: string | undefined): Source {
  return OPTIONS[long ?? ""] ?? "nothing";
}
