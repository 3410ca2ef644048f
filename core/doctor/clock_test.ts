import { deepEqual, equal, match } from "node:assert/strict";
import { instanceFiles } from "../paths.ts";
import { mendWith, troubles } from "../../tests/support/doctor.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { clockCheck, judgeClock } from "./clock.ts";

const HOUR = 3_600_000;
const server = (ahead?: number): Parameters<typeof judgeClock>[0][number] => ({
  distro: "debian",
  url: "https://images.example.org",
  mirror: false,
  ...(ahead !== undefined && { ahead }),
});

Deno.test("a clock is wrong when not even one server agrees with it", () => {
  match(judgeClock([server(HOUR)])[0]?.text ?? "", /clock is 60 minutes behind/);
  match(judgeClock([server(-2 * HOUR), server(-HOUR)])[0]?.text ?? "", /60 minutes ahead of/);
  deepEqual(judgeClock([server(HOUR), server(2000)]), []);
  deepEqual(judgeClock([server(4 * 60_000)]), []);
  deepEqual(judgeClock([server()]), []);
});

Deno.test("the clock check finds files from the future, and dates them now", async () => {
  await using temp = await makeTempApp();
  await putInstance(temp.app.paths);
  deepEqual(await troubles(temp.app, clockCheck), []);
  const { config } = instanceFiles(temp.app.paths, "web");
  const tomorrow = new Date(Date.now() + 24 * HOUR);
  await Deno.utime(config, tomorrow, tomorrow);
  const [found] = await troubles(temp.app, clockCheck);
  equal(found?.level, "warning");
  match(found?.text ?? "", /1 file is from the future, as .*instance\.toml/);
  deepEqual(await mendWith(temp.app, clockCheck), [`Dated ${config} now`]);
  deepEqual(await troubles(temp.app, clockCheck), []);
});
