/** What of an instance was changed while its machine ran, and waits for the next start. Pure. */
import type { InstanceStatus } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import type { StartedAs } from "./run_record.ts";

/** The names of those values; none when it is not known how the machine was started. */
export function pendingChanges(
  instance: StartedAs,
  { running }: InstanceStatus,
): (keyof StartedAs)[] {
  const started = running?.startedAs;
  if (!started) return [];
  const fields: readonly (keyof StartedAs & keyof Instance)[] = ["cpus", "memory", "isolate"];
  return fields.filter((field) => instance[field] !== started[field]);
}
