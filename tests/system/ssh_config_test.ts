/** OpenSSH's own programs with the configuration that cubic gives them, against a real sshd. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { installSshConfig, removeSshConfig } from "../../core/instances/ssh_config.ts";
import { writeInstance } from "../../core/instances/store.ts";
import { instanceFiles } from "../../core/paths.ts";
import type { RunResult } from "../../core/host.ts";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { type PretendedGuest, pretendGuest } from "../support/pretended_guest.ts";
import { makeOperation, makeTempApp, type TempApp } from "../support/temp_app.ts";
import { startSshd } from "../support/sshd.ts";

interface Place extends AsyncDisposable {
  readonly temp: TempApp;
  readonly guest: PretendedGuest;
  /** The user's configuration. */
  readonly config: string;
  /** Runs a program of OpenSSH with it. */
  run(program: string, ...args: string[]): Promise<RunResult>;
}

/** A guest in a home whose path no shell and no ssh reads as it is. */
async function makePlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTempApp());
  const { host, paths } = temp.app;
  const instances = join(temp.home, "an odd %h [home]", "instances");
  const env = (name: string): string | undefined => name === "HOME" ? temp.home : host.env(name);
  const app = { ...temp.app, host: { ...host, env }, paths: { ...paths, instances } };
  await Deno.mkdir(instances, { recursive: true });
  const guest = stack.use(await pretendGuest(app));
  await installSshConfig(app, makeOperation().operation);
  const config = join(temp.home, ".ssh", "config");
  const rest = stack.move();
  return {
    temp: { ...temp, app },
    guest,
    config,
    run: (program, ...args) =>
      host.run(program, ["-F", config, "-o", "BatchMode=yes", ...args], {
        env: { SSH_AUTH_SOCK: "" },
      }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

Deno.test("plain ssh, scp and sftp reach an instance by its name", async () => {
  await using place = await makePlace();
  const { code, stdout, stderr } = await place.run("ssh", "web.cubic", "echo it is $((40 + 2))");
  deepEqual([code, stdout, stderr], [0, "it is 42\n", ""]);
  const file = join(place.guest.sshd.dir, "copied");
  equal((await place.run("scp", "-q", place.config, `web.cubic:${file}`)).code, 0);
  equal(await Deno.readTextFile(file), await Deno.readTextFile(place.config));
  equal((await place.run("sftp", "-q", `web.cubic:${file}`, `${file}2`)).code, 0);
  equal(await Deno.readTextFile(`${file}2`), await Deno.readTextFile(place.config));
});

Deno.test("ssh finds an instance on its new port, and trusts it without asking", async () => {
  await using place = await makePlace();
  const { app } = place.temp;
  const { hostKey, privateKey } = place.guest.sshd.target;
  // The same guest on another port: an sshd with the same keys.
  const moved = await startSshd();
  await using _moved = moved;
  const files = instanceFiles(app.paths, "web");
  await Deno.writeTextFile(files.clientKey, moved.target.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(files.hostKey, `${moved.target.hostKey}\n`);
  await writeInstance(app.paths, { ...place.guest.instance, sshPort: moved.target.port });
  const { code, stderr } = await place.run("ssh", "web.cubic", "true");
  deepEqual([code, stderr], [0, ""]);
  const asked = await place.run("ssh", "-G", "web.cubic");
  match(asked.stdout, new RegExp(`^port ${moved.target.port}$`, "m"));
  match(asked.stdout, /^hostkeyalias web\.cubic$/m);
  equal(hostKey === moved.target.hostKey || privateKey === moved.target.privateKey, false);
});

Deno.test("ssh refuses a stranger in the guest's place", async () => {
  await using place = await makePlace();
  const { app } = place.temp;
  const other = await generateKeyPair("other");
  await Deno.writeTextFile(instanceFiles(app.paths, "web").hostKey, `${other.publicKey}\n`);
  await writeInstance(app.paths, place.guest.instance);
  const { code, stderr } = await place.run("ssh", "web.cubic", "true");
  equal(code, 255);
  match(stderr, /Host key verification failed/);
});

Deno.test("ssh works on when an instance is deleted, and when the line is taken out", async () => {
  await using place = await makePlace();
  const { app } = place.temp;
  const hostname = async (): Promise<string | undefined> =>
    /^hostname (.*)$/m.exec((await place.run("ssh", "-G", "web.cubic")).stdout)?.[1];
  equal(await hostname(), "127.0.0.1");
  await Deno.rename(instanceFiles(app.paths, "web").dir, join(app.paths.instances, ".delete-web"));
  equal(await hostname(), "web.cubic");
  await Deno.writeTextFile(place.config, await Deno.readTextFile(place.config) + "Host *\n");
  await removeSshConfig(app);
  equal(await Deno.readTextFile(place.config), "Host *\n");
});
