/** Machines that run something else than what a start would give them now. */
import type { App } from "../app.ts";
import type { InstanceStatus } from "../instances/inspect.ts";
import type { Instance } from "../instances/instance.ts";
import { pendingChanges } from "../instances/pending.ts";
import { probeQemu } from "../qemu/locate.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { type Check, type Found, orFine } from "./finding.ts";
import { runningInstances } from "./readable.ts";

/** QEMU answers at once unless another command talks to it. */
const ANSWER_MS = 2000;

/** Running instances: another QEMU than the one that is installed, and values that wait for a restart. */
export const machinesCheck: Check = {
  name: "Running machines",
  about: "state",
  async look(app, { instances }) {
    const machines = runningInstances(await instances());
    const found = await Promise.all(machines.map(async ({ instance, status }) => [
      ...await judgeVersion(app, instance, status),
      ...judgeValues(instance, status),
    ]));
    return orFine(found.flat(), machines.length === 0 ? "none" : "as a start would make them");
  },
};

async function judgeVersion(
  app: App,
  { name, arch }: Instance,
  { running }: InstanceStatus,
): Promise<readonly Found[]> {
  const installed = await probeQemu(app.host, app.paths, arch).catch(() => undefined);
  const own = running && await versionOf(running.qmpSocket);
  if (!installed || own === undefined || own === installed.version) return [];
  const text = `${name} runs QEMU ${own}, and ${installed.version} is installed now`;
  return [{ level: "note", text, remedy: `\`cubic restart ${name}\` takes the new one.` }];
}

async function versionOf(socket: string): Promise<string | undefined> {
  try {
    await using qmp = await connectQmp(socket, ANSWER_MS);
    const { qemu } = await qmp.execute("query-version") as {
      readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number };
    };
    return `${qemu.major}.${qemu.minor}.${qemu.micro}`;
  } catch {
    return undefined;
  }
}

function judgeValues(instance: Instance, status: InstanceStatus): readonly Found[] {
  const pending = pendingChanges(instance, status);
  if (pending.length === 0) return [];
  const text = `${instance.name} was given other values since it was started: ${
    pending.join(", ")
  }`;
  return [{ level: "note", text, remedy: `\`cubic restart ${instance.name}\` gives it them.` }];
}
