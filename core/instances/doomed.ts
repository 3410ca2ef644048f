/** What is to be known of instances before they are deleted. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { bytesOnDisk } from "./bytes_on_disk.ts";
import { inspectInstance, type InstanceState } from "./inspect.ts";
import { instanceExists, instanceNames, readInstance } from "./store.ts";

/** An instance that somebody wants to delete. */
export interface Doomed {
  readonly name: string;
  /** Undefined when it is broken. */
  readonly uuid: string | undefined;
  readonly state: InstanceState;
  /** Bytes its files take on the host's disk. */
  readonly bytes: number;
  readonly protected: boolean;
}

/** Which instances to delete. */
export interface DeleteRequest {
  readonly names: readonly string[];
  readonly all?: boolean;
  /** Names of instances that there are not are passed over. */
  readonly missingOk?: boolean;
}

/**
 * The instances that are meant, each once.
 * @throws CubicError "instance-not-found" for a name of none, "invalid-name".
 */
export async function findDoomed(
  app: Pick<App, "host" | "paths">,
  { names, all, missingOk }: DeleteRequest,
): Promise<readonly Doomed[]> {
  const wanted = new Set(all ? await instanceNames(app.paths) : []);
  for (const name of names) {
    if (await instanceExists(app.paths, name)) wanted.add(name);
    // Reading it throws the error with the names that come near.
    else if (!missingOk) await readInstance(app.paths, name);
  }
  return await Promise.all([...wanted].map((name) => describe(app, name)));
}

async function describe(app: Pick<App, "host" | "paths">, name: string): Promise<Doomed> {
  const instance = await readInstance(app.paths, name).catch(() => undefined);
  // What can't be looked at may still be deleted, or tell then why not.
  const state = await inspectInstance(app, name).then(
    ({ state }) => state,
    () => "broken" as const,
  );
  return {
    name,
    uuid: instance?.uuid,
    state: instance || state !== "stopped" ? state : "broken",
    bytes: await bytesOnDisk(instanceFiles(app.paths, name).dir),
    protected: instance?.protected ?? false,
  };
}
