/** The instances that checks look at: those whose file can be read. Of the others `instancesCheck` tells. */
import type { App } from "../app.ts";
import type { InstanceStatus, ListedInstance } from "../instances/inspect.ts";
import type { Instance } from "../instances/instance.ts";
import { instanceNames, readInstance } from "../instances/store.ts";

/** All of them, by name. */
export async function readableInstances({ paths }: Pick<App, "paths">): Promise<Instance[]> {
  const read = (await instanceNames(paths)).map((name) =>
    readInstance(paths, name).catch(() => undefined)
  );
  return (await Promise.all(read)).filter((instance) => instance !== undefined);
}

/** An instance that can be read, and how it is. */
export type InspectedInstance = Extract<ListedInstance, { readonly status: InstanceStatus }>;

/** Those of a list that have a QEMU. Pure. */
export function runningInstances(list: readonly ListedInstance[]): InspectedInstance[] {
  return list.filter((entry) => "status" in entry).filter(({ status }) => status.running);
}
