/** The virtual machine: one QuickJS context for one question to one plugin. Runs inside the worker. */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from "quickjs-emscripten-core";
import { GUARD } from "./guard.ts";
import { resolveImport } from "./imports.ts";
import type { Failure, FromWorker, ToWorker } from "./messages.ts";
import { cpuMeter } from "./cpu_meter.ts";

type Question = Extract<ToWorker, { kind: "call" }>;
type Answered = Exclude<ToWorker, { kind: "call" }>;

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 65_536;
/** What the build asks for at the least: 16 MiB. */
const FIRST_PAGES = 256;

/** A question under way. Nothing is given back by hand: the worker's end is the machine's. */
export interface Vm {
  /** Runs the plugin until it has an answer or has to wait, and tells which. */
  start(): FromWorker;
  /** Gives the answer to a fetch, and goes on. */
  settle(answer: Answered): FromWorker;
}

/** Makes the machine for a question; `fetch` is told of every URL the plugin wants. */
export async function makeVm(
  { program, kit, call, limits }: Question,
  fetch: (id: number, url: string) => void,
): Promise<Vm> {
  const meter = cpuMeter(limits.cpuMs);
  const runtime = await makeRuntime(limits.memory);
  runtime.setMaxStackSize(limits.stack);
  runtime.setInterruptHandler(meter.isOver);
  runtime.setModuleLoader(
    (name) => name === program.file ? program.code : kitModule(kit, name),
    (from, name) => resolveImport(from, name, program.file) ?? name,
  );
  const vm = runtime.newContext();
  const waiting = new Map<number, ReturnType<QuickJSContext["newPromise"]>>();
  let fetches = 0;
  let answer: QuickJSHandle | undefined;

  const hostFetch = (url: QuickJSHandle): QuickJSHandle => {
    if (vm.typeof(url) !== "string" || lengthOf(vm, url) > limits.urlLength) {
      throw new TypeError("fetchText takes one URL, as text");
    }
    const id = ++fetches;
    // Counted outside as well; here it keeps a loop of fetches from flooding the program with messages.
    if (id > limits.fetches) throw new Error(`it fetches more than ${limits.fetches} texts`);
    const promise = vm.newPromise();
    waiting.set(id, promise);
    fetch(id, vm.getString(url));
    return promise.handle;
  };

  const run = (step: () => void): FromWorker => {
    try {
      meter.run(() => {
        step();
        while (runtime.hasPendingJob() && !meter.isOver()) runtime.executePendingJobs(100);
      });
      if (meter.isOver()) return failed({ reason: "cpu" });
      return readAnswer(vm, answer, limits.answerLength, waiting.size > 0);
    } catch (error) {
      return failed(meter.isOver() ? { reason: "cpu" } : breakdown(error));
    }
  };

  return {
    start: () =>
      run(() => {
        const guard = vm.unwrapResult(vm.evalCode(GUARD, "cubic"));
        const load = vm.unwrapResult(
          vm.evalCode(`() => import(${JSON.stringify(program.file)})`, "cubic"),
        );
        const door = vm.newFunction("fetchText", hostFetch);
        const question = vm.newString(JSON.stringify(call));
        answer = vm.unwrapResult(vm.callFunction(guard, vm.undefined, load, door, question));
      }),
    settle(message) {
      const promise = waiting.get(message.id);
      waiting.delete(message.id);
      try {
        // Carrying megabytes in takes a while that is not the plugin's.
        const value = message.kind === "fetched"
          ? vm.newString(message.text)
          : vm.newError(message.message);
        return run(() =>
          message.kind === "fetched" ? promise?.resolve(value) : promise?.reject(value)
        );
      } catch (error) {
        return failed(breakdown(error));
      }
    },
  };
}

/**
 * A runtime of a QuickJS of its own. Its memory ends where WebAssembly's does: QuickJS's own limit counts requests
 * by the size of their headers in this build, and was seen to let a plugin have 2 GiB.
 */
async function makeRuntime(memory: number): Promise<QuickJSRuntime> {
  const core = await import("quickjs-emscripten-core");
  const { default: variant } = await import("@jitl/quickjs-singlefile-mjs-release-sync");
  const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: memory / PAGE });
  const own = core.newVariant(variant, { wasmMemory });
  return (await core.newQuickJSWASMModuleFromVariant(own)).newRuntime();
}

function readAnswer(
  vm: QuickJSContext,
  answer: QuickJSHandle | undefined,
  limit: number,
  isWaiting: boolean,
): FromWorker {
  const state = answer && vm.getPromiseState(answer);
  if (state?.type === "pending") {
    return isWaiting ? { kind: "waiting" } : failed({ reason: "never" });
  }
  // The guard catches everything; what it can't is a machine without memory or stack.
  if (state?.type !== "fulfilled") return failed({ reason: "memory" });
  if (vm.typeof(state.value) !== "string" || lengthOf(vm, state.value) > limit) {
    return failed({ reason: "too-long" });
  }
  const text = vm.getString(state.value);
  if (text.startsWith("+")) return { kind: "answer", json: text.slice(1) };
  return failed(thrown(text.slice(1)));
}

/** The length of a text inside the machine, before it is copied out. */
function lengthOf(vm: QuickJSContext, text: QuickJSHandle): number {
  return vm.getProp(text, "length").consume((length) => vm.getNumber(length));
}

/** What the guard said of an error; even that text was in the plugin's reach. */
function thrown(json: string): Failure {
  try {
    const { message, stack } = JSON.parse(json);
    if (message === "out of memory") return { reason: "memory" };
    if (message === "Maximum call stack size exceeded" || message === "stack overflow") {
      return { reason: "stack" };
    }
    return { reason: "thrown", message: String(message), stack: String(stack) };
  } catch {
    return { reason: "thrown", message: "it threw something that cannot be shown", stack: "" };
  }
}

/** The machine itself gave up, rather than the code in it. */
function breakdown(error: unknown): Failure {
  const text = String(error);
  if (/call stack|stack overflow/i.test(text)) return { reason: "stack" };
  if (/memory/i.test(text)) return { reason: "memory" };
  return { reason: "thrown", message: text, stack: "" };
}

function failed(failure: Failure): FromWorker {
  return { kind: "failure", failure };
}

function kitModule(kit: Question["kit"], name: string): string | { readonly error: Error } {
  const code = Object.hasOwn(kit, name) ? kit[name] : undefined;
  const refusal = `cannot import "${name}": a plugin may import "cubic:kit" and nothing else`;
  return code ?? { error: new Error(refusal) };
}
