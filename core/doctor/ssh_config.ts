/** The line that `cubic ssh-config --install` has put into the user's own file, and the files it includes. */
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import { readTextIfThere, statIfThere } from "../atomic.ts";
import { includeLine, installSshConfig } from "../instances/ssh_config.ts";
import { renderSshEntry, sshEntry, writeSshFiles } from "../instances/ssh_files.ts";
import { lockInstance } from "../instances/store.ts";
import { instanceFiles } from "../paths.ts";
import { type Check, FIX, type Found, orFine } from "./finding.ts";
import { readableInstances } from "./readable.ts";

/** Whether `ssh NAME.cubic` finds what it needs, where the user wanted that. */
export const sshConfigCheck: Check = {
  name: "ssh configuration",
  about: "state",
  async look(app) {
    const own = await readOwn(app);
    const found = [...own ? await judgeOwn(own) : [], ...await outdatedEntries(app)];
    return orFine(
      found,
      own?.installed ? "installed" : "not installed (`cubic ssh-config --install`)",
    );
  },
  async mend(app, { signal }) {
    const done: string[] = [];
    for (const name of await outdated(app)) {
      await using _lock = await lockInstance(app.paths, name, "doctor --fix", signal);
      const instance = (await readableInstances(app)).find((one) => one.name === name);
      if (!instance) continue;
      await writeSshFiles(instance, instanceFiles(app.paths, name));
      done.push(`Wrote the ssh_config of ${name} anew`);
    }
    const own = await readOwn(app);
    if (!own?.installed) return done;
    for (const path of await openPaths(own.file)) {
      await Deno.chmod(path, ((await Deno.stat(path)).mode ?? 0) & 0o7755);
      done.push(`Closed ${path} to other users`);
    }
    if (own.scoped && (await installSshConfig(app, { signal })).changed) {
      done.push(`Moved the line of cubic to the top of ${own.file}`);
    }
    return done;
  },
};

/** What is in the user's file. */
interface OwnConfig {
  readonly file: string;
  readonly installed: boolean;
  /** True when a `Host` or `Match` before the line makes it hold for some hosts only. */
  readonly scoped: boolean;
  /** Lines of a cubic whose directory is gone. */
  readonly stale: readonly string[];
}

/** Undefined without HOME, or without such a file. */
async function readOwn({ host, paths }: App): Promise<OwnConfig | undefined> {
  const home = host.env("HOME");
  if (home === undefined) return undefined;
  const file = join(home, ".ssh", "config");
  const text = await readTextIfThere(file);
  if (text === undefined) return undefined;
  const lines = text.split("\n").map((line) => line.trim());
  const at = lines.indexOf(includeLine(paths));
  const scope = lines.findIndex((line) => /^(host|match)[\s=]/i.test(line));
  const stale: string[] = [];
  for (const line of lines) {
    const [, directory] = /^Include "(\/.*\/instances)\/\*\/ssh_config"$/.exec(line) ?? [];
    if (directory !== undefined && line !== lines[at] && !(await statIfThere(directory))) {
      stale.push(line);
    }
  }
  return { file, installed: at >= 0, scoped: at >= 0 && scope >= 0 && scope < at, stale };
}

async function judgeOwn(own: OwnConfig): Promise<readonly Found[]> {
  const { file, installed, scoped, stale } = own;
  const found: Found[] = stale.map((line) => ({
    level: "note",
    text: `${file} includes instances of a directory that is gone:\n${line}`,
    remedy: "Remove the line; ssh passes over it.",
  }));
  // Without the line the file is none of cubic's business.
  if (!installed) return found;
  if (scoped) {
    const text =
      `the line of cubic in ${file} stands below a Host or Match, and holds for that only`;
    found.push({ level: "warning", text, remedy: FIX });
  }
  for (const path of await openPaths(file)) {
    const text = `others may write to ${path}, so that ssh refuses it`;
    found.push({ level: "warning", text, remedy: FIX });
  }
  return found;
}

/** The file or its directory, where others may write: ssh_config(5) wants them not to. */
async function openPaths(file: string): Promise<string[]> {
  const open: string[] = [];
  for (const path of [file, dirname(file)]) {
    if ((((await statIfThere(path))?.mode ?? 0) & 0o022) !== 0) open.push(path);
  }
  return open;
}

async function outdatedEntries(app: App): Promise<readonly Found[]> {
  return (await outdated(app)).map((name) => ({
    level: "warning",
    text: `the ssh_config of ${name} does not say how to reach it`,
    remedy: FIX,
  }));
}

/** Instances whose file for ssh is not what the instance says. */
async function outdated(app: App): Promise<string[]> {
  const instances = await readableInstances(app);
  const right = await Promise.all(instances.map(async (instance) => {
    const files = instanceFiles(app.paths, instance.name);
    return await readTextIfThere(files.sshConfig) === renderSshEntry(sshEntry(instance, files));
  }));
  return instances.filter((_, index) => !right[index]).map(({ name }) => name);
}
