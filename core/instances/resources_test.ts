import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { checkResources, defaultResources, hostResources } from "./resources.ts";

const GIB = 1024 ** 3;
const HOST = { threads: 4, memory: 8 * GIB, availableMemory: 4 * GIB };

Deno.test("defaultResources() are half the processors and a quarter of the memory, within limits", () => {
  const cases: readonly (readonly [number, number, number, number])[] = [
    [1, 0.5, 1, 1],
    [2, 4, 1, 1],
    [4, 8, 2, 2],
    [6, 15.6, 3, 3],
    [64, 256, 4, 4],
  ];
  for (const [threads, gib, cpus, memory] of cases) {
    const host = { threads, memory: gib * GIB, availableMemory: gib * GIB };
    deepEqual(defaultResources(host), { cpus, memory: memory * GIB });
  }
});

Deno.test("checkResources() refuses what can't work, and says what would", () => {
  throws(() => checkResources({ cpus: 1, memory: 9 * GIB }, HOST), {
    code: "invalid-value",
    hint: /--memory 4G/,
  });
  throws(() => checkResources({ cpus: 1, memory: 9 * GIB }, HOST, "web"), {
    hint: /`cubic modify web --memory 4G`/,
  });
  for (const memory of [0, 1, 63 * 1024 ** 2]) {
    throws(() => checkResources({ cpus: 1, memory }, HOST), { code: "invalid-value" });
  }
  for (const cpus of [0, -1, 1.5, NaN]) {
    throws(() => checkResources({ cpus, memory: GIB }, HOST), { code: "invalid-value" });
  }
});

Deno.test("checkResources() warns of what may be slow and is silent of the rest", () => {
  equal(checkResources({ cpus: 4, memory: 4 * GIB }, HOST), undefined);
  match(checkResources({ cpus: 1, memory: 5 * GIB }, HOST) ?? "", /may begin to swap. --memory 2G/);
  const existing = checkResources({ cpus: 1, memory: 5 * GIB }, HOST, "web") ?? "";
  match(existing, /`cubic modify web --memory 2G` gives it less\.$/);
  match(checkResources({ cpus: 5, memory: GIB }, HOST) ?? "", /5 CPUs and this host only 4/);
});

Deno.test("hostResources() are those of this host, and its own defaults fit it", () => {
  const host = hostResources();
  ok(host.threads >= 1 && host.memory > 0 && host.availableMemory <= host.memory);
});
