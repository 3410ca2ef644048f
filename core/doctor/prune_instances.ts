/** Instances whose time is over. A protected one never is; one that runs is cut off, as by `cubic delete`. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import { deleteInstance } from "../instances/delete.ts";
import { bytesOnDisk } from "../instances/bytes_on_disk.ts";
import { isExpired } from "../instances/expiry.ts";
import { inspectInstance } from "../instances/inspect.ts";
import type { Instance } from "../instances/instance.ts";
import { instanceNames, readInstance } from "../instances/store.ts";
import { removeLeftover, temporaryLeftovers } from "../instances/temporary.ts";
import { instanceFiles } from "../paths.ts";
import type { Prunable, Pruner } from "./prunable.ts";

/** Those that `cubic run --rm` made, when their session is gone. */
export const temporaryPruner: Pruner = {
  find: async (app) => await describeAll(app, await temporaryLeftovers(app)),
  remove: async (app, name, { signal }) => {
    // It says why by itself, for others; here it was announced.
    return await removeLeftover(app, name, { signal, report: () => {} });
  },
};

/** Those that were made with `--ttl`, when that has passed. */
export const expiredPruner: Pruner = {
  find: async (app) => await describeAll(app, await expiredInstances(app)),
  remove: async (app, name, operation) => {
    try {
      return await deleteInstance(app, name, operation, (instance) => isOver(app, instance));
    } catch (error) {
      if (isCubicError(error, "instance-not-found")) return false;
      throw error;
    }
  },
};

async function expiredInstances(app: App): Promise<Instance[]> {
  const all = await Promise.all(
    (await instanceNames(app.paths)).map((name) =>
      readInstance(app.paths, name).catch(() => undefined)
    ),
  );
  return all.filter((instance) => instance !== undefined)
    .filter((instance) => isOver(app, instance));
}

function isOver({ host }: App, instance: Instance): boolean {
  return !instance.protected && isExpired(instance, host.now());
}

async function describeAll(
  app: App,
  instances: readonly Instance[],
): Promise<readonly Omit<Prunable, "kind">[]> {
  return await Promise.all(instances.map(async ({ name, expires, temporary }) => {
    // Of one that can't be looked at the removal will tell why.
    const { state } = await inspectInstance(app, name).catch(() => ({ state: "broken" }));
    const why = temporary ? "its session is gone" : `expired at ${expires}`;
    return {
      name,
      bytes: await bytesOnDisk(instanceFiles(app.paths, name).dir),
      note: state === "stopped" ? why : `${why}; ${state}`,
    };
  }));
}
