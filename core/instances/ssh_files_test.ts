import { equal, match, ok } from "node:assert/strict";
import { filesIn, instanceFiles } from "../paths.ts";
import { renderSshEntry, sshEntry, writeSshFiles } from "./ssh_files.ts";
import { beginInstance, publishInstance, writeInstance } from "./store.ts";
import { formatInstance } from "./instance.ts";
import { putInstance, sampleInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("renderSshEntry() pins the guest's key under a name that stays", () => {
  const entry = sshEntry(sampleInstance({ user: "ann" }), filesIn('/data/100%/a "b"\\c/web'));
  equal(
    renderSshEntry(entry),
    [
      "Host web.cubic",
      "  HostName 127.0.0.1",
      "  Port 20022",
      "  User ann",
      '  IdentityFile "/data/100%%/a \\"b\\"\\\\c/web/client_key"',
      "  IdentitiesOnly yes",
      '  UserKnownHostsFile "/data/100%%/a \\"b\\"\\\\c/web/known_hosts"',
      "  HostKeyAlias web.cubic",
      "  StrictHostKeyChecking yes",
      "",
    ].join("\n"),
  );
});

Deno.test("an instance has its files for OpenSSH from the moment it is there, with its final paths", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = sampleInstance();
  const dir = await beginInstance(paths, "web");
  await Deno.writeTextFile(filesIn(dir).config, formatInstance(instance));
  await Deno.writeTextFile(filesIn(dir).hostKey, "ssh-ed25519 AAAA web-host-key\n");
  await publishInstance(paths, dir, "web");
  const files = instanceFiles(paths, "web");
  equal(await Deno.readTextFile(files.knownHosts), "web.cubic ssh-ed25519 AAAA\n");
  const text = await Deno.readTextFile(files.sshConfig);
  equal(text, renderSshEntry(sshEntry(instance, files)));
  for (const path of [files.knownHosts, files.sshConfig]) {
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  }
});

Deno.test("a new port is in the file as soon as it is in the instance", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  await writeInstance(paths, { ...instance, sshPort: 20_999, user: "bob" });
  const text = await Deno.readTextFile(instanceFiles(paths, "web").sshConfig);
  match(text, /^ {2}Port 20999$/m);
  match(text, /^ {2}User bob$/m);
});

Deno.test("writeSshFiles() leaves files alone that are right, and mends the others", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  const files = instanceFiles(paths, "web");
  const { ino } = await Deno.stat(files.sshConfig);
  await writeSshFiles(instance, files);
  equal((await Deno.stat(files.sshConfig)).ino, ino);
  await Deno.writeTextFile(files.sshConfig, "Host other\n");
  await writeSshFiles(instance, files);
  ok((await Deno.readTextFile(files.sshConfig)).startsWith("Host web.cubic\n"));
});
