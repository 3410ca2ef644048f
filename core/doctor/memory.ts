/** Whether the host has memory for guests. */
import { type HostResources, hostResources } from "../instances/resources.ts";
import { formatSize } from "../size.ts";
import type { Check, Found } from "./finding.ts";
import { runningInstances } from "./readable.ts";

/** Less memory than this is too little for the smallest cloud image beside the host's own work. */
const LITTLE_MEMORY = 1024 ** 3;

/** Processors and memory, and what the running guests may take of it. */
export const memoryCheck: Check = {
  name: "Processors and memory",
  about: "host",
  async look(_app, { instances }) {
    // Where they can't even be listed, the check of instances says so.
    const running = runningInstances(await instances().catch(() => []));
    const promised = running.reduce((sum, { instance }) => sum + instance.memory, 0);
    return [judgeMemory(hostResources(), promised)];
  },
};

/** The verdict; `promised` are the bytes that running guests may take in all. Pure. */
export function judgeMemory(host: HostResources, promised: number): Found {
  const { threads, memory, availableMemory } = host;
  const free = `${formatSize(availableMemory)} of ${formatSize(memory)} free`;
  const text = `${threads} ${threads === 1 ? "processor" : "processors"}, ${free}`;
  if (availableMemory < LITTLE_MEMORY) {
    const remedy = "Stop an instance or another large program; `cubic stats` shows who takes what.";
    return { level: "warning", text, remedy };
  }
  if (promised > memory) {
    const remedy = "`cubic stats` shows what they take; `cubic modify NAME --memory` gives less.";
    const more = `${text}; running instances may take ${formatSize(promised)}`;
    return { level: "note", text: more, remedy };
  }
  return { level: "ok", text };
}
