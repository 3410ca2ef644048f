import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import {
  includeLine,
  installSshConfig,
  removeSshConfig,
  sshEntries,
  withLine,
  withoutLine,
} from "./ssh_config.ts";
import { sshConfigCheck } from "../doctor/ssh_config.ts";
import { lookOptions } from "../../tests/support/doctor.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

const LINE = 'Include "/x"';

Deno.test("withLine() has the line once and first, withoutLine() has all but the line", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", ""],
    ["Host a\n  Port 1\n", "Host a\n  Port 1\n"],
    ["Host a", "Host a"],
    ["Host a\r\n\r\n", "Host a\r\n\r\n"],
    [`${LINE}\nHost a\n`, "Host a\n"],
    [`Host a\n  ${LINE}\r\nHost b\n${LINE}`, "Host a\nHost b\n"],
    [`# ${LINE}\n`, `# ${LINE}\n`],
  ];
  for (const [text, rest] of cases) {
    equal(withoutLine(text, LINE), rest);
    equal(withLine(text, LINE), `${LINE}\n${rest}`);
    equal(withLine(withLine(text, LINE), LINE), `${LINE}\n${rest}`);
  }
});

Deno.test("includeLine() names every instance that there is and will be", () => {
  equal(includeLine({ instances: "/d/instances" }), 'Include "/d/instances/*/ssh_config"');
  equal(includeLine({ instances: "/a b[1]" }), 'Include "/a b\\\\[1\\\\]/*/ssh_config"');
});

Deno.test("the line goes in and out again without a trace", async () => {
  await using place = await makePlace();
  const line = includeLine(place.app.paths);
  deepEqual(await place.install(), { file: place.config, line, changed: true });
  equal(await Deno.readTextFile(place.config), `${line}\n`);
  equal((await Deno.stat(join(place.home, ".ssh"))).mode! & 0o777, 0o700);
  equal((await Deno.stat(place.config)).mode! & 0o777, 0o600);
  equal((await place.install()).changed, false);
  equal((await removeSshConfig(place.app)).changed, true);
  await rejects(Deno.stat(place.config), Deno.errors.NotFound);
  equal((await removeSshConfig(place.app)).changed, false);
});

Deno.test("a file that is there keeps its mode, its bytes and the link to it", async () => {
  await using place = await makePlace();
  const real = join(place.home, "dotfiles");
  // é as Latin-1 writes it, and no line end.
  const bytes = Uint8Array.of(...new TextEncoder().encode("Host a\r\n# "), 0xe9);
  await Deno.writeFile(real, bytes);
  await Deno.chmod(real, 0o664);
  await Deno.mkdir(join(place.home, ".ssh"));
  await Deno.symlink("../dotfiles", place.config);
  await place.install();
  const line = new TextEncoder().encode(`${includeLine(place.app.paths)}\n`);
  deepEqual(await Deno.readFile(real), Uint8Array.of(...line, ...bytes));
  equal((await Deno.stat(real)).mode! & 0o777, 0o664);
  await removeSshConfig(place.app);
  deepEqual(await Deno.readFile(real), bytes);
  equal(await Deno.readLink(place.config), "../dotfiles");
  await Deno.writeTextFile(real, "");
  await place.install();
  await removeSshConfig(place.app);
  // What is linked to is the user's, also when it is empty.
  equal(await Deno.readTextFile(real), "");
});

Deno.test("a line beyond Latin-1 is written as it is, once, and found again", async () => {
  await using place = await makePlace("Иван é 家");
  await Deno.mkdir(join(place.home, ".ssh"));
  const bytes = Uint8Array.of(...new TextEncoder().encode("Host a\n# Иван "), 0xe9, 0x0a);
  await Deno.writeFile(place.config, bytes);
  const line = new TextEncoder().encode(`${includeLine(place.app.paths)}\n`);
  match(includeLine(place.app.paths), /Иван é 家/);
  await place.install();
  deepEqual(await Deno.readFile(place.config), Uint8Array.of(...line, ...bytes));
  equal((await place.install()).changed, false);
  const [look] = await sshConfigCheck.look(place.app, lookOptions(place.app));
  deepEqual([look?.level, look?.text], ["ok", "installed"]);
  equal((await removeSshConfig(place.app)).changed, true);
  deepEqual(await Deno.readFile(place.config), bytes);
});

Deno.test("a link that leads nowhere now stays the user's", async () => {
  await using place = await makePlace();
  await Deno.mkdir(join(place.home, ".ssh"));
  await Deno.symlink("../mounted/config", place.config);
  await rejects(place.install(), {
    code: "failed",
    message: /is a link to \.\.\/mounted\/config, which is not there/,
    hint: /Make that file/,
  });
  equal((await removeSshConfig(place.app)).changed, false);
  equal(await Deno.readLink(place.config), "../mounted/config");
});

Deno.test("installing gives instances of an older cubic their files", async () => {
  await using place = await makePlace();
  const { sshConfig } = instanceFiles(place.app.paths, "web");
  await putInstance(place.app.paths);
  await Deno.remove(sshConfig);
  await place.install();
  await Deno.stat(sshConfig);
});

Deno.test("sshEntries() warns of a broken instance, and fails for one that is named", async () => {
  await using place = await makePlace();
  const { paths } = place.app;
  await putInstance(paths, { name: "web" });
  await putInstance(paths, { name: "db" });
  await Deno.writeTextFile(instanceFiles(paths, "db").config, "?");
  const { operation, events } = makeOperation();
  deepEqual((await sshEntries(place.app, [], operation)).map(({ host }) => host), ["web.cubic"]);
  deepEqual(events.map(({ kind }) => kind), ["warning"]);
  equal((await sshEntries(place.app, ["web", "web"], operation)).length, 1);
  await rejects(sshEntries(place.app, ["db"], operation), { code: "instance-broken" });
  await rejects(sshEntries(place.app, ["none"], operation), { code: "instance-not-found" });
});

interface Place extends AsyncDisposable {
  readonly app: App;
  readonly home: string;
  readonly config: string;
  install(): ReturnType<typeof installSshConfig>;
}

/** A user's home with cubic's instances in it. */
async function makePlace(name = "user"): Promise<Place> {
  const temp = await makeTempApp();
  const home = join(temp.home, name);
  await Deno.mkdir(home);
  const { host, paths } = temp.app;
  const env = (name: string): string | undefined => name === "HOME" ? home : host.env(name);
  const instances = join(home, "instances");
  const app = { ...temp.app, host: { ...host, env }, paths: { ...paths, instances } };
  return {
    app,
    home,
    config: join(home, ".ssh", "config"),
    install: () => installSshConfig(app, makeOperation().operation),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}
