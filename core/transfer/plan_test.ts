import { deepEqual, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { parseEndpoint } from "./endpoint.ts";
import { planCopy } from "./plan.ts";

Deno.test("planCopy() finds the direction", () => {
  deepEqual(planCopy(parseEndpoint("a"), parseEndpoint("root@web:b")), {
    direction: "upload",
    instance: "web",
    user: "root",
    local: "a",
    remote: "b",
  });
  deepEqual(planCopy(parseEndpoint("web:"), parseEndpoint(".")), {
    direction: "download",
    instance: "web",
    user: undefined,
    local: ".",
    remote: "",
  });
});

Deno.test("planCopy() refuses two hosts and two guests", () => {
  for (const [from, to] of [["a", "b"], ["web:a", "db:b"]] as const) {
    throws(
      () => planCopy(parseEndpoint(from), parseEndpoint(to)),
      (error) => isCubicError(error, "usage"),
    );
  }
});
