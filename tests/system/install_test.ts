/** scripts/install.sh against a loopback server, with nothing on PATH but what a test lets it have. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { basename, join } from "node:path";
import { packages } from "../../core/programs.ts";
import {
  INSTALL_SCRIPT,
  makePlace,
  type Place,
  type Ran,
  SYSTEM,
} from "../support/install_place.ts";
import { HTML, standIn } from "../support/release_server.ts";

const { arch: ARCH, os: OS } = Deno.build;

async function refuses(here: Place, why: RegExp, ran: Promise<Ran> = here.run()): Promise<void> {
  const { code, stderr } = await ran;
  equal(code, 1, stderr);
  match(stderr, why);
  deepEqual(await here.left(), []);
}

const DATA = OS === "darwin" ? "Library/Application Support/cubic" : ".local/share/cubic";

for (const tools of [["curl", "sha256sum"], ["wget", "openssl"], ["curl", "shasum", "perl"]]) {
  Deno.test(`install.sh installs with ${tools.join(", ")} into a home with a blank`, async () => {
    await using here = await makePlace(tools);
    const { code, stdout, stderr } = await here.run();
    equal(code, 0, stderr);
    const program = join(here.home, ".local/bin/cubic");
    equal(await Deno.readTextFile(program), standIn("1.2.3"));
    equal((await Deno.stat(program)).mode! & 0o777, 0o755);
    deepEqual(await here.left(), ["a home/.local/bin/cubic", `a home/${DATA}/install-receipt`]);
    equal(
      await Deno.readTextFile(join(here.home, DATA, "install-receipt")),
      `program=${program}\nversion=1.2.3\nreleases=${here.server.url}\n`,
    );
    match(stdout, /^Installed cubic 1\.2\.3 as .*\/a home\/\.local\/bin\/cubic$/m);
    match(stdout, /is not on PATH\. To put it there:\n.*export PATH="[^"]*a home\/\.local\/bin:/);
  });
}

Deno.test("install.sh takes a version, a directory and completions, and replaces what is there", async () => {
  await using here = await makePlace();
  here.server.publish("1.3.0", { [SYSTEM]: standIn("1.3.0"), "linux-riscv64": "other" });
  const dir = join(here.root, "my bin");
  equal((await here.run(["--dir", dir])).code, 0);
  const old = await Deno.open(join(dir, "cubic"));
  const { code, stdout } = await here.run(["--version", "v1.2.3", "--completions"], {
    CUBIC_INSTALL_DIR: dir,
    PATH: `${join(here.root, "bin")}:${dir}`,
  });
  equal(code, 0);
  match(stdout, /^Installed cubic 1\.2\.3 as/m);
  ok(!/PATH/.test(stdout), stdout);
  const fish = join(here.home, ".config/fish/completions/cubic.fish");
  equal(await Deno.readTextFile(fish), "completions for fish\n");
  // Replaced, not written over: whoever runs the old program keeps it.
  const { ino } = await old.stat();
  old.close();
  ok((await Deno.stat(join(dir, "cubic"))).ino !== ino);
});

Deno.test("install.sh refuses a program that was tampered with", async () => {
  await using here = await makePlace();
  here.server.files.set(`download/v1.2.3/cubic-1.2.3-${SYSTEM}`, standIn("6.6.6"));
  await refuses(
    here,
    /its SHA-256 is not the published one\n +published: [0-9a-f]{64}\n +received: /,
  );
});

Deno.test("install.sh keeps the old program when the new one is refused", async () => {
  await using here = await makePlace();
  equal((await here.run()).code, 0);
  const before = await here.left();
  here.server.files.set(`download/v1.2.3/cubic-1.2.3-${SYSTEM}`, HTML);
  equal((await here.run()).code, 1);
  deepEqual(await here.left(), before);
  equal(await Deno.readTextFile(join(here.home, ".local/bin/cubic")), standIn("1.2.3"));
});

for (const tool of ["curl", "wget"]) {
  Deno.test(`install.sh with ${tool} leaves nothing of what is missing, cut or a web page`, async () => {
    await using here = await makePlace([tool, "sha256sum"]);
    const program = `download/v1.2.3/cubic-1.2.3-${SYSTEM}`;
    here.server.cut.add(program);
    await refuses(here, /cannot download cubic-1\.2\.3-/);
    here.server.cut.clear();
    here.server.files.set(program, HTML);
    await refuses(here, /refused cubic-1\.2\.3-/);
    here.server.files.delete(program);
    await refuses(here, /cannot download cubic-1\.2\.3-/);
    await refuses(
      here,
      /cannot download the digests of version 9\.9/,
      here.run(["--version", "9.9"]),
    );
    here.server.files.set("latest/download/SHA256SUMS", HTML);
    await refuses(here, /is no list of digests\n.*login page/);
    here.server.publish("1.2.3", { "linux-riscv64": "other" });
    await refuses(here, /no program for \w+ on \w+ in this release/);
  });
}

Deno.test("install.sh downloads nothing where it could not verify it, or not at all", async () => {
  await using plain = await makePlace(["curl"]);
  await refuses(plain, /sha256sum, shasum or openssl/);
  await using cutOff = await makePlace(["sha256sum"]);
  await refuses(cutOff, /needs curl or wget/);
  await refuses(
    plain,
    /only https:\/\/ will do/,
    plain.run([], { CUBIC_INSTALL_URL: "http://releases.example" }),
  );
  await refuses(
    plain,
    /does not know where releases are/,
    plain.run([], { CUBIC_INSTALL_URL: "" }),
  );
  deepEqual([...plain.server.asked, ...cutOff.server.asked], []);
});

Deno.test("install.sh says before the download that a directory can't be written", async () => {
  await using here = await makePlace();
  // Not even root can make files there.
  const dir = OS === "linux" ? "/proc/cubic/bin" : "/System/cubic/bin";
  await refuses(here, /cannot write into .*\n.*CUBIC_INSTALL_DIR/, here.run(["--dir", dir]));
  await refuses(here, /HOME is not set/, here.run([], { HOME: "" }));
  deepEqual(here.server.asked, []);
});

Deno.test("install.sh installs no program that does not run here", async () => {
  await using here = await makePlace();
  here.server.publish("1.2.3", { [SYSTEM]: "#!/bin/sh\nexit 127\n" });
  const { code, stderr } = await here.run();
  equal(code, 1);
  match(stderr, /does not run on this system\n.*glibc/);
  deepEqual(await here.left(), []);
});

Deno.test("install.sh knows other names of systems, and Rosetta", async () => {
  const cases = [
    ["Linux", "amd64", "0", "linux-x86_64"],
    ["Linux", "arm64", "0", "linux-aarch64"],
    ["Darwin", "arm64", "0", "darwin-aarch64"],
    ["Darwin", "x86_64", "0", "darwin-x86_64"],
    ["Darwin", "x86_64", "1", "darwin-aarch64"],
  ] as const;
  for (const [os, arch, translated, system] of cases) {
    await using here = await makePlace();
    await Deno.remove(join(here.root, "bin", "uname"));
    await here.tool("uname", `#!/bin/sh\ncase $1 in -s) echo ${os} ;; *) echo ${arch} ;; esac\n`);
    await here.tool("sysctl", `#!/bin/sh\necho ${translated}\n`);
    here.server.publish("2.0.0", { [system]: standIn("2.0.0") });
    const { code, stderr } = await here.run();
    equal(code, 0, `${os} ${arch}: ${stderr}`);
    equal(here.server.asked.map((path) => basename(path)).at(-1), `cubic-2.0.0-${system}`);
  }
  await using here = await makePlace();
  await Deno.remove(join(here.root, "bin", "uname"));
  await here.tool("uname", "#!/bin/sh\necho riscv64\n");
  await refuses(here, /cannot run on riscv64/);
});

Deno.test("install.sh names the command that installs QEMU, in the words of cubic itself", async () => {
  for (const manager of ["apt-get", "dnf", "pacman", "zypper", "apk"] as const) {
    await using here = await makePlace();
    await here.tool(manager, "#!/bin/sh\nexit 9\n");
    const { code, stdout } = await here.run();
    equal(code, 0);
    const said = new RegExp(`^ {4}(?:sudo )?${manager} (.*)$`, "m").exec(stdout)?.[1] ?? "";
    const named = said.replace(/^(?:install|add|-S)(?: -\S+)* /, "");
    equal(named, packages("qemu", ARCH === "x86_64" ? "amd64" : "arm64")[manager]);
  }
  await using here = await makePlace();
  for (const name of [`qemu-system-${ARCH}`, "qemu-img"]) await here.tool(name, "#!/bin/sh\n");
  match((await here.run()).stdout, /UEFI firmware|Next: cubic doctor/);
});

Deno.test("install.sh that was cut on its way runs nothing", async () => {
  await using here = await makePlace();
  const text = await Deno.readTextFile(INSTALL_SCRIPT);
  equal(text.trimEnd().split("\n").at(-1), 'main "$@"');
  for (const part of [0.25, 0.5, 0.75, 0.99]) {
    const path = join(here.root, "bin", "cut.sh");
    await Deno.writeTextFile(path, text.slice(0, text.length * part));
    const args = [path];
    await new Deno.Command("sh", { args, env: { HOME: here.home }, stderr: "null" }).output();
  }
  deepEqual([await here.left(), here.server.asked], [[], []]);
});
