import { doesNotThrow, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { listingBudget, spendNames } from "./listing_budget.ts";

Deno.test("a million names fit, and not one more", () => {
  const budget = listingBudget();
  const names = Array.from({ length: 1000 }, (_, index) => `file ${index}`);
  for (let times = 0; times < 1000; times++) doesNotThrow(() => spendNames(budget, names));
  throws(() => spendNames(budget, ["x"]), (error) => isCubicError(error, "transfer-failed"));
});

Deno.test("a few endless names don't fit either", () => {
  const budget = listingBudget();
  const endless = "x".repeat(32 * 1024 * 1024);
  spendNames(budget, [endless, endless]);
  throws(() => spendNames(budget, ["x"]), (error) => isCubicError(error, "transfer-failed"));
});
