/** Looking with one check of `cubic doctor`, and mending with it. */
import type { App } from "../../core/app.ts";
import type { Check, Found, LookOptions } from "../../core/doctor/finding.ts";
import { listInstances } from "../../core/instances/inspect.ts";
import type { Answer } from "../../core/doctor/servers.ts";
import { makeOperation } from "./temp_app.ts";

/** What a check finds that is not well; `answers` are those of the servers, none when left out. */
export async function troubles(
  app: App,
  check: Check,
  answers: readonly Answer[] = [],
): Promise<readonly Found[]> {
  return (await check.look(app, lookOptions(app, answers))).filter(({ level }) => level !== "ok");
}

/** How a check looks when servers answer so. */
export function lookOptions(app: App, answers: readonly Answer[] = []): LookOptions {
  return {
    ...makeOperation().operation,
    online: true,
    servers: () => Promise.resolve(answers),
    instances: () => listInstances(app),
  };
}

/** Mends with one check; what it says that it did. */
export async function mendWith(app: App, check: Check): Promise<readonly string[]> {
  return await check.mend?.(app, makeOperation().operation) ?? [];
}
