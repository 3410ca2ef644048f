import { equal } from "node:assert/strict";
import { pluginFailed, shortened } from "./failure.ts";
import { SANDBOX_LIMITS } from "./limits.ts";

Deno.test("a plugin's own error is told with the line of its file", () => {
  const stack = "    at helper (a.ts:12:3)\n    at releases (a.ts:20:1)\n";
  const error = pluginFailed(
    "a.ts",
    "image",
    { reason: "thrown", message: "no", stack },
    SANDBOX_LIMITS,
  );
  equal(error.message, "Cannot get the image from the plugin a.ts: no (a.ts:12)");
  equal(error.code, "plugin-failed");
});

Deno.test("an error of the kit is told with the plugin's line that called it", () => {
  const stack = "    at checksumOf (cubic:kit/checksums.ts:40:3)\n    at image (a.ts:20:1)\n";
  const error = pluginFailed(
    "a.ts",
    "image",
    { reason: "thrown", message: "no", stack },
    SANDBOX_LIMITS,
  );
  equal(error.message, "Cannot get the image from the plugin a.ts: no (a.ts:20)");
});

Deno.test("a plugin's words are one short line without anything that drives a terminal", () => {
  equal(shortened(" a\r\n\tb\x1b[2J\x07\u202ec\u2028d\u200b "), "a b[2Jc d");
  equal(shortened("x".repeat(5000)), `${"x".repeat(300)}…`);
});
