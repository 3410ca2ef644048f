/**
 * The worker that holds the virtual machine. QuickJS keeps the plugin from the world; the worker is there because
 * some native loops of QuickJS (`Array.prototype.indexOf` on `{ length: 2 ** 53 }`) ask nobody whether to go on.
 * Deno can't stop a thread in such a loop (`terminate()` was seen to leave it running), but the program can go on
 * without it, and takes it along when it ends.
 */
import type { FromWorker, ToWorker } from "./messages.ts";
import { makeVm, type Vm } from "./vm.ts";

const host = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};

let vm: Vm | undefined;

host.onmessage = async ({ data }) => {
  if (data.kind !== "call") return vm && host.postMessage(vm.settle(data));
  vm = await makeVm(data, (id, url) => host.postMessage({ kind: "fetch", id, url }));
  host.postMessage({ kind: "ready" });
  host.postMessage(vm.start());
};
