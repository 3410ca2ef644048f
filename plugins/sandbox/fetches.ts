/** Fetching for a plugin, counted. */
import { isCubicError } from "../../core/errors.ts";
import type { SandboxLimits } from "./limits.ts";
import type { ToWorker } from "./messages.ts";

/** How a plugin fetches: what core hands to distros, which has all the rules. */
export type FetchText = (url: string) => Promise<string>;

/** The fetches of one call. */
export interface Fetches {
  /** Fetches; what goes wrong is an answer too. */
  answer(id: number, url: string): Promise<ToWorker>;
  /** What a fetch was rejected with, by the message that the plugin was given. */
  failure(message: string): unknown;
}

/** Fetches within the limits. */
export function countedFetches(fetchText: FetchText, limits: SandboxLimits): Fetches {
  const failures = new Map<string, unknown>();
  let count = 0;
  let length = 0;
  const fetched = async (url: string): Promise<string> => {
    if (++count > limits.fetches) throw new Error(`it fetches more than ${limits.fetches} texts`);
    const text = await fetchText(url);
    length += text.length;
    if (length > limits.fetchedLength) throw new Error("what it fetches is too much in all");
    return text;
  };
  return {
    failure: (message) => failures.get(message),
    async answer(id, url) {
      try {
        return { kind: "fetched", id, text: await fetched(url) };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (isCubicError(error)) failures.set(message, error);
        return { kind: "fetch-failed", id, message };
      }
    },
  };
}
