import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { formatForwards, parseForwards, parseSelectors } from "./forward.ts";
import { listChanges, type ModifyPlan, type ModifyRequest, planModify } from "./modify_plan.ts";
import { sampleInstance } from "../../tests/support/instance.ts";

const GIB = 1024 ** 3;
const HOST = { threads: 8, memory: 16 * GIB, availableMemory: 12 * GIB };
const INSTANCE = sampleInstance({ forwards: ["8080:80", "5353:53/udp"].flatMap(parseForwards) });

function plan(request: ModifyRequest): ModifyPlan {
  return planModify(INSTANCE, request, HOST);
}

function ports(add: string[], remove: string[]): ModifyRequest {
  return {
    addForwards: add.flatMap(parseForwards),
    removeForwards: remove.flatMap(parseSelectors),
  };
}

Deno.test("planModify() changes what is asked for and nothing else", () => {
  const { next, added, removed } = plan({ cpus: 4, memory: 2 * GIB, isolate: true });
  deepEqual(next, { ...INSTANCE, cpus: 4, memory: 2 * GIB, isolate: true });
  deepEqual([added, removed], [[], []]);
  deepEqual(plan({}).next, INSTANCE);
});

Deno.test("planModify() refuses no processors, no memory and a smaller disk (upstream fault 22)", () => {
  throws(() => plan({ cpus: 0 }), { code: "invalid-value" });
  throws(() => plan({ memory: 0 }), { code: "invalid-value" });
  throws(() => plan({ memory: 17 * GIB }), { code: "invalid-value" });
  throws(() => plan({ user: "Root!" }), { code: "invalid-name" });
  throws(() => plan({ disk: 99 * GIB }), {
    code: "invalid-value",
    message: 'Cannot shrink the disk of "web" from 100 G to 99 G',
  });
  equal(plan({ disk: 100 * GIB + 1 }).next.disk, 100 * GIB + 512);
});

Deno.test("planModify() lets an instance of a larger host have fewer processors", () => {
  const large = { ...INSTANCE, memory: 64 * GIB };
  equal(planModify(large, { cpus: 1 }, HOST).next.cpus, 1);
});

Deno.test("planModify() refuses rules that collide, also with the SSH port (upstream fault 15)", () => {
  throws(() => plan(ports(["8080:81"], [])), { code: "invalid-value", message: /8080 twice/ });
  throws(() => plan(ports(["0.0.0.0:8080:80"], [])), { code: "invalid-value" });
  throws(() => plan(ports(["9000:1", "9000:2"], [])), { code: "invalid-value" });
  throws(() => plan(ports([`${INSTANCE.sshPort}:80`], [])), {
    code: "invalid-value",
    message: /own SSH port/,
  });
  throws(() => plan(ports(["10000-10600:10000-10600"], [])), {
    code: "invalid-value",
    message: /forward 603 ports/,
  });
});

Deno.test("planModify() removes first, so a port can change hands; what goes and comes stays", () => {
  const moved = plan(ports(["8080:81"], ["8080"]));
  deepEqual(formatForwards(moved.next.forwards), [
    "127.0.0.1:5353:53/udp",
    "127.0.0.1:8080:81/tcp",
  ]);
  const same = plan(ports(["8080:80"], ["8080:80"]));
  deepEqual(same.next, INSTANCE);
  deepEqual([same.added, same.removed], [[], []]);
  deepEqual(plan(ports(["8080:80"], [])).added, []);
});

Deno.test("planModify() refuses to remove a rule that is not there", () => {
  throws(() => plan(ports(["9000:1"], ["9000:1"])), {
    code: "port-not-found",
    message: 'Cannot remove "127.0.0.1:9000:1/tcp": "web" has no such rule',
  });
});

Deno.test("listChanges() says what is another, and what of it waits for the next start", () => {
  const { next } = plan({ ...ports(["81:81"], []), cpus: 1, isolate: true });
  const fields = (running: boolean): string[] =>
    listChanges(INSTANCE, next, running).map(({ field, effect }) => `${field} ${effect}`);
  deepEqual(fields(true), ["cpus next-start", "isolate next-start", "ports now"]);
  ok(fields(false).every((text) => text.endsWith("now")));
  deepEqual(listChanges(INSTANCE, { ...INSTANCE }, true), []);
});
