/** Every setting there is can be said by an environment variable, which wins over the file and is told as such. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { SETTINGS, type SettingValue } from "../../core/config_keys.ts";
import { mirrorVariable } from "../../core/config_mirrors.ts";
import type { SettingReport } from "../../core/config_settings.ts";
import { builtIn } from "../../distros/mod.ts";
import { Cli } from "../support/cli.ts";

/** For each setting: what the file says, what the variable says, and what the program makes of that. */
const SAMPLES: Readonly<Record<string, readonly [file: string, text: string, seen: SettingValue]>> =
  {
    "image": ['"debian"', "ubuntu:24.04", "ubuntu:24.04"],
    "user": ['"ann"', "bob", "bob"],
    "cpus": ["1", "3", 3],
    "memory": ['"1G"', "512M", 512 * 1024 ** 2],
    "disk": ['"20G"', "1T", 1024 ** 4],
    "ca-file": ['"/file.pem"', "/variable.pem", "/variable.pem"],
    "require-signature": ["true", "false", false],
  };

const PAGE = await Deno.readTextFile(new URL("../../docs/settings.md", import.meta.url));

async function list(cli: Cli, env: Record<string, string>): Promise<readonly SettingReport[]> {
  return JSON.parse((await cli.ok("config list --json", { env })).stdout);
}

Deno.test("every setting has a variable of its own, which the texts name", async () => {
  deepEqual(SETTINGS.map(({ key }) => key), Object.keys(SAMPLES));
  await using cli = await Cli.create();
  const help = (await cli.ok("help environment")).stdout;
  for (const { key, env } of SETTINGS) {
    equal(env, `CUBIC_${key.toUpperCase().replaceAll("-", "_")}`);
    match(help, new RegExp(`^  ${env}\\n      the setting ${key}$`, "m"));
    match(PAGE, new RegExp(`^\\| \`${key}\` +\\| \`${env}\` +\\|`, "m"));
  }
  match(help, /^ {2}CUBIC_MIRROR_<DISTRO>\n/m);
});

for (const { key, field, env: variable } of SETTINGS) {
  Deno.test(`${variable} wins over the setting ${key} in the file, and config list says so`, async () => {
    await using cli = await Cli.create();
    const [file, text, seen] = SAMPLES[key]!;
    const path = join(cli.home, "config.toml");
    await Deno.mkdir(cli.home, { recursive: true });
    await Deno.writeTextFile(path, `${key} = ${file}\n`);
    const of = (settings: readonly SettingReport[]): SettingReport | undefined =>
      settings.find((setting) => setting.key === key);
    deepEqual([of(await list(cli, {}))?.from, of(await list(cli, {}))?.variable], [
      "file",
      undefined,
    ]);
    const env = { [variable]: text };
    const { value, from, variable: named } = of(await list(cli, env))!;
    deepEqual([String(value), from, named], [text, "environment", variable]);
    match(
      (await cli.ok("config list", { env })).stdout,
      new RegExp(`^${key} +${text.replaceAll(".", "\\.")} +${variable}$`, "m"),
    );
    equal((await cli.ok(`config get ${key}`, { env })).stdout, `${text}\n`);
    equal((await cli.app(env)).config[field], seen);
    // Without the file as well.
    await Deno.remove(path);
    equal((await cli.app(env)).config[field], seen);
  });
}

Deno.test("every distribution's mirror has a variable, which config list names", async () => {
  await using cli = await Cli.create();
  for (const { name } of builtIn) {
    const env = { [mirrorVariable(name)]: `https://${name}.example/pub` };
    deepEqual((await cli.app(env)).config.mirror, { [name]: `https://${name}.example/pub` });
    const [first] = await list(cli, env);
    deepEqual([first?.key, first?.from, first?.variable], [
      `mirror.${name}`,
      "environment",
      `CUBIC_MIRROR_${name.toUpperCase().replaceAll("-", "_")}`,
    ]);
  }
});
