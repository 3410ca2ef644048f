/** OpenSSH's configuration for guests: what to print, and the one line in the user's own file that includes it. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { ensureDir, statIfThere, writeAtomic } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { quoteSsh, type SshEntry, sshEntry, writeSshFiles } from "./ssh_files.ts";
import { instanceNames, lockInstance, readInstance } from "./store.ts";

/** What became of the user's configuration. */
export interface SshConfigChange {
  /** The user's file. */
  readonly file: string;
  /** The line that is there now, or that was there. */
  readonly line: string;
  /** False when everything was as wanted before. */
  readonly changed: boolean;
}

/**
 * The entries of these instances, of all when none are named; a broken one among all is warned of and left out.
 * @throws CubicError "instance-not-found", "instance-broken" for one that is named.
 */
export async function sshEntries(
  app: Pick<App, "paths">,
  names: readonly string[],
  { report }: Pick<Operation, "report">,
): Promise<SshEntry[]> {
  const named = names.length > 0;
  const entries: SshEntry[] = [];
  for (const name of named ? new Set(names) : await instanceNames(app.paths)) {
    try {
      entries.push(sshEntry(await readInstance(app.paths, name), instanceFiles(app.paths, name)));
    } catch (error) {
      const failure = describeFailure(`read the instance "${name}"`, error);
      if (named) throw failure;
      report({ kind: "warning", text: failure.message });
    }
  }
  return entries;
}

/**
 * Puts the line that includes every instance at the top of `~/.ssh/config`, where no `Host` before it can make it
 * hold for that host only. Instances of an older cubic get their files.
 * @throws CubicError "failed" when the file can't be written.
 */
export async function installSshConfig(
  app: Pick<App, "host" | "paths">,
  { signal }: Pick<Operation, "signal">,
): Promise<SshConfigChange> {
  for (const name of await instanceNames(app.paths)) {
    const instance = await readInstance(app.paths, name).catch(() => undefined);
    if (!instance) continue;
    await using _lock = await lockInstance(app.paths, name, "ssh-config", signal);
    await writeSshFiles(instance, instanceFiles(app.paths, name));
  }
  return await editUserConfig(app, (text, line) => withLine(text, line));
}

/** Takes the line out again. @throws CubicError "failed" when the file can't be written. */
export async function removeSshConfig(
  app: Pick<App, "host" | "paths">,
): Promise<SshConfigChange> {
  return await editUserConfig(app, (text, line) => withoutLine(text, line));
}

/** The line; a glob that finds no file is fine with ssh. */
export function includeLine({ instances }: Pick<Paths, "instances">): string {
  const files = join(instances.replace(/[*?[\]\\]/g, "\\$&"), "*", "ssh_config");
  return `Include ${quoteSsh(files)}`;
}

/** The text with the line once, at its top. Pure. */
export function withLine(text: string, line: string): string {
  return `${line}\n${withoutLine(text, line)}`;
}

/** The text without the line, and without anything else missing. Pure. */
export function withoutLine(text: string, line: string): string {
  // Each line with its own end, so that line ends of any kind stay as they are.
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.filter((other) => other.trim() !== line).join("");
}

/** Changes the user's file in one step; where it is a link, what it leads to. One that has nothing in it goes. */
async function editUserConfig(
  { host, paths }: Pick<App, "host" | "paths">,
  edit: (text: string, line: string) => string,
): Promise<SshConfigChange> {
  const line = includeLine(paths);
  const file = userConfig(host.env("HOME"));
  try {
    const target = await Deno.realPath(file).catch(() => file);
    const before = await readLatin1(target);
    const after = edit(before ?? "", toLatin1(new TextEncoder().encode(line)));
    const changed = after !== (before ?? "");
    if (changed) await replace(file, target, after);
    return { file, line, changed };
  } catch (error) {
    throw describeFailure(`change ${file}`, error);
  }
}

async function replace(file: string, target: string, text: string): Promise<void> {
  if (text === "" && target === file) return await Deno.remove(file);
  const mode = (await statIfThere(target))?.mode;
  if (mode === undefined) await requireNoLink(target);
  await ensureDir(join(file, ".."));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  await writeAtomic(target, bytes, { mode: 0o600 });
  // The process's umask takes bits away from a mode that a file is made with.
  if (mode !== undefined && mode !== null) await Deno.chmod(target, mode & 0o7777);
}

/** A link whose target is away for a moment, such as on a disk that is not mounted, is not ours to replace. */
async function requireNoLink(path: string): Promise<void> {
  const to = await Deno.readLink(path).catch(() => undefined);
  if (to === undefined) return;
  throw new CubicError(
    "failed",
    `Cannot change ${path}: it is a link to ${to}, which is not there`,
    {
      hint: "Make that file, or remove the link; then try again.",
    },
  );
}

/** One character a byte, so that a file in whatever encoding comes out as it went in. */
async function readLatin1(path: string): Promise<string | undefined> {
  return await statIfThere(path) ? toLatin1(await Deno.readFile(path)) : undefined;
}

function toLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function userConfig(home: string | undefined): string {
  if (home !== undefined) return join(home, ".ssh", "config");
  throw new CubicError("failed", "Cannot tell where OpenSSH's configuration is: HOME is not set", {
    hint: "`cubic ssh-config` prints it.",
  });
}
