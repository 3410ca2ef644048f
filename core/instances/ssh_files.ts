/**
 * How OpenSSH's own programs reach a guest: two files in the instance's directory, made anew with it and whenever
 * its port changes. They go away with the directory, so the line that includes them all (`ssh_config.ts`) never
 * leads to an instance that is gone.
 */
import { readTextIfThere, writeAtomic } from "../atomic.ts";
import { filesIn, type InstanceFiles } from "../paths.ts";
import { type Instance, parseInstance } from "./instance.ts";

/** A guest as OpenSSH's client is told of it (ssh_config(5)). */
export interface SshEntry {
  readonly name: string;
  /** The name to give to `ssh`; no real host has it. */
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/** The entry of an instance whose files those are. Pure. */
export function sshEntry(
  { name, sshPort, user }: Pick<Instance, "name" | "sshPort" | "user">,
  { clientKey, knownHosts }: Pick<InstanceFiles, "clientKey" | "knownHosts">,
): SshEntry {
  return {
    name,
    host: `${name}.cubic`,
    hostName: "127.0.0.1",
    port: sshPort,
    user,
    identityFile: clientKey,
    knownHostsFile: knownHosts,
  };
}

/** The entry as a block of an OpenSSH client configuration. Pure. */
export function renderSshEntry(entry: SshEntry): string {
  return [
    `Host ${entry.host}`,
    `  HostName ${entry.hostName}`,
    `  Port ${entry.port}`,
    `  User ${entry.user}`,
    `  IdentityFile ${sshPath(entry.identityFile)}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${sshPath(entry.knownHostsFile)}`,
    // The key is kept under this name and not under the port, which may change.
    `  HostKeyAlias ${entry.host}`,
    "  StrictHostKeyChecking yes",
    "",
  ].join("\n");
}

/** A path as OpenSSH reads it back: `%` begins a token, and a blank ends a word that is not quoted. */
function sshPath(path: string): string {
  return quoteSsh(path.replaceAll("%", "%%"));
}

/** One word of an OpenSSH configuration. */
export function quoteSsh(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Makes the two files say what the instance says; those that do are left alone. `at` is where they are now, when
 * the instance has not got its directory yet.
 */
export async function writeSshFiles(
  instance: Instance,
  files: InstanceFiles,
  at: InstanceFiles = files,
): Promise<void> {
  const entry = sshEntry(instance, files);
  const hostKey = await readTextIfThere(at.hostKey);
  const [type, key] = hostKey?.trim().split(/\s+/) ?? [];
  if (key !== undefined) await writeIfOther(at.knownHosts, `${entry.host} ${type} ${key}\n`);
  await writeIfOther(at.sshConfig, renderSshEntry(entry));
}

/** The same for a directory that is about to become the instance of that name; without an instance.toml, nothing. */
export async function writeNewSshFiles(
  dir: string,
  files: InstanceFiles,
  name: string,
): Promise<void> {
  const at = filesIn(dir);
  const text = await readTextIfThere(at.config);
  if (text !== undefined) await writeSshFiles(parseInstance(name, at.config, text), files, at);
}

async function writeIfOther(path: string, text: string): Promise<void> {
  if (await readTextIfThere(path) === text) return;
  await writeAtomic(path, text);
}
