import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { Cli } from "../../tests/support/cli.ts";
import { findHalfWritten } from "./half_written.ts";

const HOUR = 60 * 60_000;

Deno.test("what a killed write left is found an hour later, and nothing else is", async () => {
  await using cli = await Cli.create();
  const app = await cli.app();
  const { cache, configFile, images } = app.paths;
  const left = [`${configFile}.0a1b2c3d.tmp`, join(cache, "releases", "debian.json.01234567.tmp")];
  const others = [configFile, join(images, "debian.tmp"), join(images, "disk.qcow2.0.tmp")];
  for (const path of [...left, ...others]) {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
  const at = (ms: number) => ({ ...app, host: { ...app.host, now: () => Date.now() + ms } });
  deepEqual(await findHalfWritten(at(HOUR / 2)), []);
  deepEqual(await findHalfWritten(at(2 * HOUR)), left.sort());
});

Deno.test("beside settings that are kept elsewhere, files of other programs are let alone", async () => {
  await using cli = await Cli.create();
  const app = await cli.app();
  const elsewhere = join(cli.home, "etc");
  await Deno.mkdir(elsewhere, { recursive: true });
  const [own, other] = ["config.toml", "other.toml"].map((name) =>
    join(elsewhere, `${name}.0a1b2c3d.tmp`)
  ) as [string, string];
  for (const path of [own, other]) await Deno.writeTextFile(path, "");
  const paths = { ...app.paths, configFile: join(elsewhere, "config.toml") };
  const host = { ...app.host, now: () => Date.now() + 2 * HOUR };
  deepEqual(await findHalfWritten({ ...app, paths, host }), [own]);
});
