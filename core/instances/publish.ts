/** Making a finished instance visible. */
import type { App } from "../app.ts";
import { writeNewFile } from "../atomic.ts";
import { filesIn } from "../paths.ts";
import { formatInstance, type Instance } from "./instance.ts";
import { lockPorts, pickSshPort } from "./ports.ts";
import { publishInstance } from "./store.ts";

/**
 * Chooses the port and makes the instance visible under one lock, so that nobody else gets the same port, and nobody
 * removes the image from under it: `check` takes the last look at what its disk stands on.
 * @throws CubicError "port-taken", "locked", and what `check` throws.
 */
export async function publishOnFreePort(
  { paths }: Pick<App, "paths">,
  dir: string,
  draft: Omit<Instance, "sshPort">,
  check: () => Promise<void>,
  signal: AbortSignal,
): Promise<Instance> {
  await using _ports = await lockPorts(paths, signal);
  await check();
  const instance = { ...draft, sshPort: await pickSshPort(paths, draft.forwards) };
  await writeNewFile(filesIn(dir).config, formatInstance(instance));
  await publishInstance(paths, dir, draft.name);
  return instance;
}
