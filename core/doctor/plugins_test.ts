import { deepEqual, match } from "node:assert/strict";
import { join } from "node:path";
import type { App } from "../app.ts";
import { ensureDir } from "../atomic.ts";
import { digestFile } from "../images/digest.ts";
import { pluginTemplate } from "../../plugins/scaffold/templates.ts";
import { loadPlugin, pluginFile } from "../../plugins/load.ts";
import { troubles } from "../../tests/support/doctor.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { pluginsCheck } from "./plugins.ts";
import { settingsCheck } from "./settings.ts";

Deno.test("the check of added distributions finds one whose file was changed, and one that is gone", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const text = pluginTemplate("mylinux", "toml");
  const draft = join(temp.home, "mylinux.toml");
  await Deno.writeTextFile(draft, text);
  const digest = await digestFile(draft, "sha256");
  const distro = await loadPlugin(pluginFile("mylinux.toml", new TextEncoder().encode(text)));
  const added = { source: draft, digest, allowLoopback: false };
  const app: App = { ...temp.app, distros: [{ ...distro, added }] };
  await ensureDir(paths.distros);
  const file = join(paths.distros, `mylinux-${digest.slice(0, 8)}.toml`);
  await Deno.rename(draft, file);
  deepEqual(await troubles(app, pluginsCheck), []);
  await Deno.writeTextFile(file, `${text}# changed\n`);
  const [changed] = await troubles(app, pluginsCheck);
  match(changed?.text ?? "", /mylinux was changed/);
  match(changed?.remedy ?? "", /`cubic distro update mylinux`/);
  await Deno.remove(file);
  match((await troubles(app, pluginsCheck))[0]?.text ?? "", /mylinux is gone/);
});

Deno.test("the check of settings notes a mirror of a distribution that there is not", async () => {
  await using temp = await makeTempApp();
  const { configFile } = temp.app.paths;
  await Deno.writeTextFile(configFile, '[mirror]\nnone = "https://images.example.org"\n');
  const [found] = await troubles(temp.app, settingsCheck);
  match(found?.remedy ?? "", /`cubic config unset mirror\.none`/);
});
