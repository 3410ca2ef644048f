/** `--if-missing`: an instance that is there is taken as it is, and what it differs in is told. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { PortForward } from "../qemu/machine.ts";
import { createInstance } from "./create.ts";
import type { CreateRequest } from "./create_plan.ts";
import { formatForward } from "./forward.ts";
import type { Instance } from "./instance.ts";
import { isOfImage } from "./same_image.ts";
import { instanceExists, readInstance } from "./store.ts";
import { removeLeftover } from "./temporary.ts";

/** An instance that is there now. */
export interface EnsuredInstance {
  readonly instance: Instance;
  /** False when it was there before. */
  readonly created: boolean;
}

/**
 * Makes the instance unless there is one of that name; that one is left as it is, with a warning that names the
 * options it differs in.
 * @throws CubicError "usage" without a name, "instance-broken", those of `createInstance`.
 */
export async function createIfMissing(
  app: App,
  request: CreateRequest,
  operation: Operation,
): Promise<EnsuredInstance> {
  const { name } = request;
  if (name === undefined) {
    throw new CubicError("usage", "Cannot tell which instance may be missing", {
      hint: "Name it, as in `cubic create web --if-missing --image debian`.",
    });
  }
  await removeLeftover(app, name, operation);
  if (await instanceExists(app.paths, name)) {
    return await takeExisting(app, name, request, operation);
  }
  try {
    return { instance: await createInstance(app, request, operation), created: true };
  } catch (error) {
    // Somebody else was faster.
    if (!isCubicError(error, "instance-exists")) throw error;
    return await takeExisting(app, name, request, operation);
  }
}

async function takeExisting(
  app: App,
  name: string,
  request: CreateRequest,
  operation: Operation,
): Promise<EnsuredInstance> {
  const instance = await readInstance(app.paths, name);
  const different = [
    ...await isOfImage(app, instance, request, operation) ? [] : ["--image"],
    ...differences(instance, request),
  ];
  if (different.length > 0) {
    operation.report({
      kind: "warning",
      text: `${name} is there already and stays as it is: it differs in ${different.join(", ")}.`,
    });
  }
  return { instance, created: false };
}

/**
 * The options that ask for something else than the instance is; what is left out asks for nothing. `--execute` is
 * not among them: it is over. Pure.
 */
function differences(instance: Instance, request: CreateRequest): string[] {
  const { user, cpus, memory, disk, forwards, isolate, ttlMs } = request;
  const other = (wanted: unknown, is: unknown): boolean => wanted !== undefined && wanted !== is;
  return [
    ...other(user, instance.user) ? ["--user"] : [],
    ...other(cpus, instance.cpus) ? ["--cpus"] : [],
    ...other(memory, instance.memory) ? ["--memory"] : [],
    ...other(disk && Math.ceil(disk / 512) * 512, instance.disk) ? ["--disk"] : [],
    ...forwards && rulesOf(forwards) !== rulesOf(instance.forwards) ? ["--port"] : [],
    ...other(isolate, instance.isolate) ? ["--isolate"] : [],
    ...ttlMs !== undefined && instance.expires === undefined ? ["--ttl"] : [],
  ];
}

function rulesOf(forwards: readonly PortForward[]): string {
  return forwards.map(formatForward).sort().join(" ");
}
