/** Steps of `guest_test.ts`: what is done with a guest from the outside, and with a copy of it. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import type { Sandbox } from "../support/sandbox.ts";

/** Asks and changes a running guest in every way that needs no restart. */
export async function lookAtGuest(sandbox: Sandbox, guest: string): Promise<void> {
  const waited = await sandbox.cubic("wait", guest, "--for", "cloud-init", "--timeout", "5m");
  equal(waited.code, 0, waited.stderr);
  await sandbox.ok("wait", guest, "--for", "port:22", "--timeout", "1m");
  const late = await sandbox.cubic("wait", guest, "--for", "port:81", "--timeout", "3s");
  equal(late.code, 1, late.stderr);
  match(await sandbox.ok("logs", guest, "--cloud-init"), /Cloud-init v\./);

  const [used] = await sandbox.json("stats", guest);
  const { memoryGuest } = used;
  ok(memoryGuest.total > memoryGuest.used && memoryGuest.used > 0, JSON.stringify(used));

  await changePorts(sandbox, guest);
  await changeUser(sandbox, guest);
  await reachByPlainSsh(sandbox, guest);
}

/** A port is forwarded and taken back while the guest runs. */
async function changePorts(sandbox: Sandbox, guest: string): Promise<void> {
  const port = freePort();
  await sandbox.ok("port", "add", guest, `${port}:22`);
  const [, banner] = await Promise.all([
    sandbox.ok("ports"),
    greeting(port),
  ]);
  match(banner, /^SSH-2\.0-/);
  await sandbox.ok("port", "remove", guest, String(port));
  await greeting(port).then(
    () => Promise.reject(new Error("the port still answers")),
    (error) => ok(error instanceof Deno.errors.ConnectionRefused, `${error}`),
  );
}

/** The guest gets another user, who may do what the first one may, and goes back to the first. */
async function changeUser(sandbox: Sandbox, guest: string): Promise<void> {
  const { user } = await sandbox.json("show", guest);
  await sandbox.ok("modify", guest, "--user", "grace");
  equal(await sandbox.ok("exec", guest, "--", "sudo", "-n", "id", "-un"), "root\n");
  equal(await sandbox.ok("exec", guest, "--", "id", "-un"), "grace\n");
  await sandbox.ok("modify", guest, "--user", user);
  equal(await sandbox.ok("exec", guest, "--", "id", "-un"), `${user}\n`);
}

/** OpenSSH's own client finds the guest by what `cubic ssh-config` prints, and knows its key. */
async function reachByPlainSsh(sandbox: Sandbox, guest: string): Promise<void> {
  const config = join(sandbox.home, "plain-ssh-config");
  await Deno.writeTextFile(config, await sandbox.ok("ssh-config", guest));
  const ssh = ["-F", config, "-o", "BatchMode=yes", `${guest}.cubic`, "hostname"];
  const { code, stdout, stderr } = await realHost().run("ssh", ssh);
  equal(code, 0, stderr);
  equal(stdout, `${guest}\n`);
}

/** Clones a stopped guest, gives the clone its name before the first boot, and boots it. */
export async function cloneGuest(sandbox: Sandbox, source: string, name: string): Promise<void> {
  await sandbox.ok("clone", source, "draft");
  await sandbox.ok("rename", "draft", name);
  await sandbox.ok("start", name, "--wait");
  const run = (line: string): Promise<string> => sandbox.ok("exec", name, line);
  equal(await run("hostname"), `${name}\n`);
  equal(await run("cat kept"), "kept\n");
  // Its source's --execute is not for the clone.
  equal(await run("cat /var/log/executed"), "first boot\n");
  equal(await run("wc -l <.ssh/authorized_keys"), "1\n");
  const [one, other] = await Promise.all([source, name].map((of) => sandbox.json("show", of)));
  notEqual(one.uuid, other.uuid);
  notEqual(one.mac, other.mac);
  notEqual(one.hostKeyFingerprint, other.hostKeyFingerprint);
}

async function greeting(port: number): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new Uint8Array(64);
  const count = await connection.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
