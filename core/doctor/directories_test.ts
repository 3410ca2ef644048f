import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { mendWith, troubles } from "../../tests/support/doctor.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { directoriesCheck } from "./directories.ts";

Deno.test("the check of directories finds one that others may write to, and closes it", async () => {
  await using temp = await makeTempApp();
  const { instances } = temp.app.paths;
  await Deno.mkdir(instances);
  await Deno.chmod(instances, 0o775);
  const [found] = await troubles(temp.app, directoriesCheck);
  match(found?.text ?? "", /other users may write to .*instances/);
  deepEqual(await mendWith(temp.app, directoriesCheck), [`Closed ${instances} to other users`]);
  deepEqual(await troubles(temp.app, directoriesCheck), []);
  equal((await Deno.stat(instances)).mode! & 0o777, 0o700);
});

Deno.test("the check of directories finds one that others may only look into, and closes it", async () => {
  await using temp = await makeTempApp();
  const { layers } = temp.app.paths;
  await Deno.mkdir(layers);
  for (const mode of [0o750, 0o755, 0o711]) {
    await Deno.chmod(layers, mode);
    const [found] = await troubles(temp.app, directoriesCheck);
    match(found?.text ?? "", /other users may look into .*layers/);
    await mendWith(temp.app, directoriesCheck);
    deepEqual(await troubles(temp.app, directoriesCheck), []);
  }
});

Deno.test("the check of directories finds a file where a directory is to be", async () => {
  await using temp = await makeTempApp();
  await Deno.writeTextFile(temp.app.paths.locks, "");
  const found = await troubles(temp.app, directoriesCheck);
  equal(found[0]?.level, "problem");
  match(found[0]?.text ?? "", /locks is no directory/);
});

Deno.test("the check of directories finds a TMPDIR too long for sockets, and one that is relative", async () => {
  await using temp = await makeTempApp();
  const runtime = join(temp.home, "x".repeat(90), "cubic-0");
  const long = { ...temp.app, paths: { ...temp.app.paths, runtime } };
  match((await troubles(long, directoriesCheck))[0]?.text ?? "", /bytes, and 10[37] is the most/);
  const env = (name: string): string | undefined =>
    name === "TMPDIR" ? "tmp" : temp.app.host.env(name);
  const relative = { ...temp.app, host: { ...temp.app.host, env } };
  match((await troubles(relative, directoriesCheck))[0]?.text ?? "", /no absolute path/);
});
