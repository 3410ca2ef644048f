/** Asking a plugin one question: a worker, a virtual machine in it, and nothing left of them afterwards. */
import { pluginFailed } from "./failure.ts";
import { countedFetches, type FetchText } from "./fetches.ts";
import { kitModules } from "./kit_source.ts";
import { SANDBOX_LIMITS, type SandboxLimits } from "./limits.ts";
import type { Call, Failure, FromWorker, Program, ToWorker } from "./messages.ts";
import { watchdog } from "./watchdog.ts";

/** Milliseconds a worker may stay silent beyond its computing time before it is ended. */
const GRACE_MS = 3000;

/**
 * Asks the plugin and returns its answer as JSON text, which nobody has checked yet.
 * @throws CubicError "plugin-failed", or what a fetch was rejected with when the plugin let that pass.
 */
export async function askPlugin(
  program: Program,
  call: Call,
  fetchText: FetchText,
  limits: SandboxLimits = SANDBOX_LIMITS,
): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const fetches = countedFetches(fetchText, limits);
  const fail = (failure: Failure | { readonly reason: "late" }): void => {
    // Core's own words for a fetch that failed, and its hint, are better than the plugin's repetition of them.
    const own = failure.reason === "thrown" ? fetches.failure(failure.message) : undefined;
    answer.reject(own ?? pluginFailed(program.file, call.name, failure, limits));
  };
  const watch = watchdog({
    answerMs: limits.cpuMs + GRACE_MS,
    allMs: limits.wallMs,
    silent: () => fail({ reason: "cpu" }),
    late: () => fail({ reason: "late" }),
  });
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

  worker.onmessage = async ({ data }: MessageEvent<FromWorker>) => {
    switch (data.kind) {
      case "ready":
        return watch.owed();
      case "waiting":
        return watch.heard();
      case "answer":
        return answer.resolve(data.json);
      case "failure":
        return fail(data.failure);
      case "fetch": {
        const fetched = await fetches.answer(data.id, data.url);
        worker.postMessage(fetched);
        return watch.owed();
      }
    }
  };
  // The machine ran out of what WebAssembly or its host can give.
  worker.onerror = (event) => {
    event.preventDefault();
    fail({ reason: /memory/i.test(event.message) ? "memory" : "stack" });
  };
  worker.postMessage({ kind: "call", program, kit: kitModules(), call, limits } satisfies ToWorker);
  try {
    return await answer.promise;
  } finally {
    watch.stop();
    worker.terminate();
  }
}
