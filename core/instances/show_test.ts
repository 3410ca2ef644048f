import { equal, match, rejects } from "node:assert/strict";
import { instanceFiles } from "../paths.ts";
import { generateKeyPair } from "../ssh/keys.ts";
import { showInstance } from "./show.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("showInstance() gathers what there is, and is not stopped by what is missing", async () => {
  await using temp = await makeTempApp();
  const { paths, host } = temp.app;
  const instance = await putInstance(paths, { user: "ann", sshPort: 20_123 });
  const bare = await showInstance(temp.app, "web");
  equal(bare.instance.uuid, instance.uuid);
  equal(bare.status.state, "stopped");
  equal(bare.diskUsed, undefined);
  equal(bare.hostKeyFingerprint, "missing");

  const files = instanceFiles(paths, "web");
  await host.run("qemu-img", ["create", "-q", "-f", "qcow2", files.disk, "10G"]);
  await Deno.writeTextFile(files.hostKey, (await generateKeyPair("web")).publicKey + "\n");
  const whole = await showInstance(temp.app, "web");
  match(whole.hostKeyFingerprint, /^SHA256:/);
  equal(whole.diskUsed! > 0 && whole.diskUsed! < 4 * 1024 ** 2, true);
  match(whole.sshCommand, new RegExp(`^ssh -F ${files.sshConfig} web\\.cubic$`));
  await rejects(showInstance(temp.app, "none"), { code: "instance-not-found" });
});
