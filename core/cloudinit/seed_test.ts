import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { seedFiles } from "./seed.ts";
import { run } from "../../tests/support/disk.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";
import { sampleSeed } from "../../tests/support/seed_request.ts";
import { randomTexts } from "../../tests/support/random.ts";

Deno.test("user-data is JSON after cloud-init's header, with the user, the keys and nothing guessed", () => {
  const data = parseUserData(seedFiles(sampleSeed())["user-data"]);
  deepEqual(data.users, [{
    name: "yes",
    gecos: "yes",
    shell: "/bin/bash",
    sudo: "ALL=(ALL) NOPASSWD:ALL",
    lock_passwd: false,
    passwd: "*",
    ssh_authorized_keys: ["ssh-ed25519 AAAA cubic-web"],
  }]);
  deepEqual(data.ssh_keys, {
    ed25519_private: sampleSeed().hostKey.privateKey,
    ed25519_public: sampleSeed().hostKey.publicKey,
  });
  deepEqual([data.ssh_pwauth, data.ssh_deletekeys, data.runcmd], [false, true, undefined]);
});

Deno.test("meta-data names the instance and its host", () => {
  deepEqual(JSON.parse(seedFiles(sampleSeed())["meta-data"]), {
    "instance-id": "0b8f9a52-4f2e-4d59-9c54-6d4f8b8a1c11",
    "local-hostname": "web",
  });
});

Deno.test("seedFiles() configures the one network card, found by its address, over DHCP for IPv4", () => {
  deepEqual(JSON.parse(seedFiles(sampleSeed())["network-config"]), {
    version: 2,
    ethernets: {
      eth0: { match: { macaddress: "52:54:00:12:34:56" }, "set-name": "eth0", dhcp4: true },
    },
  });
});

Deno.test("what a distribution has instead of bash, sudo and a renamed card is written for it", () => {
  const guest = { shell: "/bin/ash", privilege: "doas", renameCard: false } as const;
  const files = seedFiles(sampleSeed({ guest }));
  const [user] = parseUserData(files["user-data"]).users;
  deepEqual([user.shell, user.doas, user.sudo], ["/bin/ash", ["permit nopass yes"], undefined]);
  const { eth0 } = JSON.parse(files["network-config"]).ethernets;
  deepEqual(eth0, { match: { macaddress: "52:54:00:12:34:56" }, dhcp4: true });
});

Deno.test("a command runs once at the first boot, not at each, and reaches the shell as it was typed", () => {
  const commands = [
    "echo yes: 1:30 on # 'a' \"b\" \\ ${x} {{ y }}",
    "line one\nline two\r\n\ttabbed",
    "é \u{1f600} \u0085 \u2028 \u2029 \ufeff \u007f \u009b \ufffe \0",
    "x".repeat(70_000),
    "",
  ];
  for (const execute of [...commands, ...randomTexts(500, ["\u2028", "\u0085", "\x7f", ": "])]) {
    const text = seedFiles(sampleSeed({ execute }))["user-data"];
    const data = parseUserData(text);
    deepEqual(data.runcmd, [["sh", "-c", execute]]);
    equal(data.bootcmd, undefined);
    // What YAML 1.1 calls printable, without the line ends that it would fold.
    ok(/^[\n\x20-\x7e\xa0-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text));
  }
});

// deno-lint-ignore no-explicit-any -- tests look into the document as cloud-init would
function parseUserData(text: string): any {
  const [header, ...lines] = text.split("\n");
  equal(header, "#cloud-config");
  return JSON.parse(lines.join("\n"));
}

Deno.test("a guest on an inherited disk forgets whose it was, once, and keeps what its user added", async () => {
  equal(parseUserData(seedFiles(sampleSeed())["user-data"]).bootcmd, undefined);
  const { bootcmd } = parseUserData(seedFiles(sampleSeed({ inherited: true }))["user-data"]);
  const [[per, frequency, , ...command]] = bootcmd;
  deepEqual([per, frequency], ["cloud-init-per", "instance"]);

  await using dir = await makeTempDir();
  const at = (path: string): string => join(dir.path, path);
  const keys = "home/ada/.ssh/authorized_keys";
  for (const path of ["etc", "var/lib/dbus", "home/ada/.ssh"]) {
    await Deno.mkdir(at(path), { recursive: true });
  }
  await Deno.writeTextFile(at("etc/machine-id"), "1".repeat(32) + "\n");
  await Deno.writeTextFile(at("var/lib/dbus/machine-id"), "1".repeat(32) + "\n");
  const own = "ssh-ed25519 BBBB ann@cubic-desk.example\nssh-ed25519 CCCC\n";
  await Deno.writeTextFile(at(keys), `ssh-ed25519 AAAA cubic-web\n${own}`);
  const script = command.join("\0").replaceAll(/(\/(?:etc|var|root|home)\/)/g, `${dir.path}$1`);
  await run(...script.split("\0") as [string, ...string[]]);
  const id = await Deno.readTextFile(at("etc/machine-id"));
  match(id, /^[0-9a-f]{32}\n$/);
  notEqual(id, "1".repeat(32) + "\n");
  equal(await Deno.readTextFile(at("var/lib/dbus/machine-id")), id);
  equal(await Deno.readTextFile(at(keys)), own);
});
