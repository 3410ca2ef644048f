import { equal, match } from "node:assert/strict";
import { expiryAfter, expiryWarning, isExpired } from "./expiry.ts";

const NOW = Date.parse("2025-01-02T00:00:00Z");

Deno.test("an instance expires when its time is over, and never without one", () => {
  const expires = expiryAfter(1000, NOW);
  equal(expires, "2025-01-02T00:00:01.000Z");
  equal(isExpired({ expires }, NOW + 999), false);
  equal(isExpired({ expires }, NOW + 1000), true);
  equal(isExpired({}, NOW), false);
});

Deno.test("expiryWarning() tells when it was and what may delete it", () => {
  const web = { name: "web", expires: expiryAfter(0, NOW) };
  match(expiryWarning(web, NOW) ?? "", /^web expired at 2025-01-02T.*`cubic prune`/);
  equal(expiryWarning(web, NOW - 1), undefined);
});
