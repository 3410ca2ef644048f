import { deepEqual, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { planCopy } from "./plan.ts";

Deno.test("planCopy() takes any mix of paths of the host and of guests", () => {
  const host = { kind: "host", path: "a" } as const;
  const guest = { kind: "guest", instance: "web", user: "root", path: "b" } as const;
  const home = { kind: "guest", instance: "db", user: undefined, path: "" } as const;
  const cases = [
    [["a", "root@web:b"], [host], guest],
    [["root@web:b", "a"], [guest], host],
    [["root@web:b", "db:"], [guest], home],
    [["a", "a"], [host], host],
    [["a", "root@web:b", "db:"], [host, guest], home],
  ] as const;
  for (const [args, sources, target] of cases) {
    deepEqual(planCopy(args), { kind: "paths", sources, target });
  }
});

Deno.test("planCopy() lets - stand for one file beside a guest's", () => {
  const guest = { kind: "guest", instance: "web", user: undefined, path: "f" } as const;
  deepEqual(planCopy(["-", "web:f"]), { kind: "input", target: guest });
  deepEqual(planCopy(["web:f", "-"]), { kind: "output", source: guest });
});

Deno.test("planCopy() refuses what does not fit together", () => {
  for (
    const args of [
      [],
      ["a"],
      ["-", "-"],
      ["-", "a"],
      ["a", "-"],
      ["-", "a", "web:"],
      ["web:a", "web:b", "-"],
      ["", "web:"],
      ["web:a", "@web:"],
    ]
  ) {
    throws(() => planCopy(args), (error) => isCubicError(error, "usage"), args.join(" "));
  }
});
