import { equal } from "node:assert/strict";
import { renderEvent } from "./events.ts";

const TIME = "2026-11-22T17:00:00.000Z";

Deno.test("renderEvent() has time, name and event, and what is known beside them", () => {
  equal(
    renderEvent({ time: TIME, event: "created", name: "web", uuid: "u" }),
    `${TIME} web created`,
  );
  const started = { pid: 7, accelerator: "kvm" };
  equal(
    renderEvent({ time: TIME, event: "started", name: "web", uuid: "u", ...started }),
    `${TIME} web started (pid 7, kvm)`,
  );
  equal(
    renderEvent({ time: TIME, event: "renamed", name: "web", uuid: "u", from: "old" }),
    `${TIME} web renamed (from old)`,
  );
});

Deno.test("renderEvent() is one line without control characters", () => {
  const reason = "a\x1b[2J\nb";
  equal(
    renderEvent({ time: TIME, event: "crashed", name: "web", uuid: "u", reason }),
    `${TIME} web crashed (a[2J b)`,
  );
});
