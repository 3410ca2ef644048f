/** Checking whether this host can do what cubic needs, and whether what is on disk is sound. */
import type { App } from "../app.ts";
import { type CubicError, describeFailure } from "../errors.ts";
import { listInstances } from "../instances/inspect.ts";
import type { Operation } from "../progress.ts";
import { accelerationCheck } from "./acceleration.ts";
import { clockCheck } from "./clock.ts";
import { directoriesCheck } from "./directories.ts";
import { diskSpaceCheck } from "./disk_space.ts";
import { diskFilesCheck } from "./disk_files.ts";
import type { Check, Finding } from "./finding.ts";
import { guestClocksCheck } from "./guest_clocks.ts";
import { imagesCheck } from "./images.ts";
import { instanceFilesCheck } from "./instance_files.ts";
import { instancesCheck } from "./instances.ts";
import { leftoversCheck } from "./leftovers.ts";
import { locksCheck } from "./locks.ts";
import { memoryCheck } from "./memory.ts";
import { pluginsCheck } from "./plugins.ts";
import { portsCheck } from "./ports.ts";
import { buildToolsCheck, firmwareCheck, qemuCheck, qemuImgCheck } from "./programs.ts";
import { machinesCheck } from "./machines.ts";
import { mirrorsCheck } from "./mirrors.ts";
import { askServers } from "./servers.ts";
import { settingsCheck } from "./settings.ts";
import { sshConfigCheck } from "./ssh_config.ts";
import { unusedCheck } from "./unused.ts";

/** Every check, in the order in which a person would mend things. */
export const CHECKS: readonly Check[] = [
  qemuCheck,
  qemuImgCheck,
  firmwareCheck,
  accelerationCheck,
  memoryCheck,
  diskSpaceCheck,
  directoriesCheck,
  clockCheck,
  buildToolsCheck,
  settingsCheck,
  mirrorsCheck,
  pluginsCheck,
  imagesCheck,
  instancesCheck,
  instanceFilesCheck,
  diskFilesCheck,
  machinesCheck,
  guestClocksCheck,
  portsCheck,
  sshConfigCheck,
  leftoversCheck,
  locksCheck,
  unusedCheck,
];

/** How to look. */
export interface CheckOptions extends Operation {
  /** True when nothing outside of this machine may be asked. */
  readonly offline?: boolean;
  /** Why the settings or the added distributions could not be read; the app has the defaults then. */
  readonly unreadable?: CubicError;
}

/** Makes every check, all at once. */
export async function checkHost(app: App, options: CheckOptions): Promise<Finding[]> {
  const { offline = false, unreadable, signal, report } = options;
  const servers = once(() => askServers(app, signal));
  const instances = once(() => listInstances(app));
  const look = { online: !offline, servers, instances, signal, report };
  const findings = await Promise.all(CHECKS.map(async (check): Promise<Finding[]> => {
    const { name, about } = check;
    try {
      if (unreadable && check === settingsCheck) throw unreadable;
      return (await check.look(app, look)).map((found) => ({ check: name, about, ...found }));
    } catch (error) {
      // A doctor that falls ill itself helps nobody.
      return [fromError(check, error)];
    }
  }));
  return findings.flat();
}

/** The same function, which does its work at the first call alone. */
function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let result: Promise<Value> | undefined;
  return () => result ??= work();
}

function fromError({ name, about }: Check, error: unknown): Finding {
  const { message, hint, details } = describeFailure(`check this: ${name}`, error);
  const text = details === undefined ? message : `${message}\n${details}`;
  return {
    check: name,
    about,
    level: "problem",
    text,
    ...(hint !== undefined && { remedy: hint }),
  };
}
