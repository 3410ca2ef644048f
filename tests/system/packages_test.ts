/** The packages of a release, by the tools of those who read them: tar, dpkg-deb, ruby. */
import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { join } from "node:path";
import { programName, TARGETS } from "../../scripts/compile/targets.ts";
import { debName, packDeb } from "../../scripts/package/deb.ts";
import { formula } from "../../scripts/package/formula.ts";
import { packShare, shareName } from "../../scripts/package/share.ts";
import { sha256 } from "../../scripts/sha256sums.ts";
import { standIn } from "../support/release_server.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function output(command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const text = new TextDecoder();
  equal(code, 0, text.decode(stderr));
  return text.decode(stdout);
}

async function inTemp(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "cubic-test-" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function makeDeb(directory: string, name: string, epoch = 1_700_000_000): Promise<string> {
  const program = join(directory, "program");
  await Deno.writeTextFile(program, standIn("1.2.3"), { mode: 0o700 });
  const path = join(directory, name);
  await packDeb({
    root: ROOT,
    program,
    output: path,
    version: "1.2.3",
    arch: "amd64",
    maintainer: "A B <a@b.example>",
    epoch,
  });
  return path;
}

Deno.test("the Debian package has its fields, and every file in its place with root's rights", async () => {
  await inTemp(async (directory) => {
    const deb = await makeDeb(directory, debName("1.2.3", "amd64"));
    const control = await output("dpkg-deb", "-I", deb);
    match(control, / Package: cubic\n Version: 1\.2\.3\n Architecture: amd64\n/);
    match(control, / Depends: .*qemu-system-x86, qemu-utils, ovmf\n/);
    const list = await output("dpkg-deb", "-c", deb);
    for (
      const [mode, path] of [
        ["-rwxr-xr-x", "usr/bin/cubic"],
        ["-rw-r--r--", "usr/share/man/man1/cubic.1.gz"],
        ["-rw-r--r--", "usr/share/man/man1/cubic-upgrade.1.gz"],
        ["-rw-r--r--", "usr/share/bash-completion/completions/cubic"],
        ["-rw-r--r--", "usr/share/zsh/vendor-completions/_cubic"],
        ["-rw-r--r--", "usr/share/fish/vendor_completions.d/cubic.fish"],
        ["-rw-r--r--", "usr/share/doc/cubic/copyright"],
        ["-rw-r--r--", "usr/share/doc/cubic/changelog.gz"],
        ["drwxr-xr-x", "usr/share/man/man1/"],
      ]
    ) match(list, new RegExp(`^${mode} root/root .* \\./${path}$`, "m"));
  });
});

Deno.test("the Debian package runs where it is unpacked, and is what its md5sums say", async () => {
  await inTemp(async (directory) => {
    const deb = await makeDeb(directory, "cubic.deb");
    const root = join(directory, "root");
    await output("dpkg-deb", "-R", deb, root);
    equal(await output(join(root, "usr/bin/cubic"), "--version"), "cubic 1.2.3\n");
    await output("sh", "-c", `cd '${root}' && md5sum --check --quiet DEBIAN/md5sums`);
    match(
      await output("gzip", "-dc", join(root, "usr/share/man/man1/cubic.1.gz")),
      /^\.TH "CUBIC"/,
    );
  });
});

Deno.test("dpkg installs and removes the Debian package in a root of its own", async () => {
  await inTemp(async (directory) => {
    const deb = await makeDeb(directory, "cubic.deb");
    const root = join(directory, "root");
    for (const path of ["updates", "info", "triggers"]) {
      await Deno.mkdir(join(root, "var/lib/dpkg", path), { recursive: true });
    }
    for (const name of ["status", "available"]) {
      await Deno.writeTextFile(join(root, "var/lib/dpkg", name), "");
    }
    // A root with nothing else in it: what is depended on is not there, and no script is run.
    const dpkg = (...args: string[]): Promise<string> =>
      output("dpkg", `--root=${root}`, "--force-not-root,depends", "--log=/dev/null", ...args);
    await dpkg("-i", deb);
    match(
      await output("dpkg-query", `--admindir=${root}/var/lib/dpkg`, "-s", "cubic"),
      /install ok/,
    );
    equal(await output(join(root, "usr/bin/cubic"), "--version"), "cubic 1.2.3\n");
    await dpkg("--purge", "cubic");
    deepEqual(await Array.fromAsync(Deno.readDir(join(root, "usr"))).catch(() => []), []);
  });
});

Deno.test("the packages are the same to the byte for the same time", async () => {
  await inTemp(async (directory) => {
    const [first, again, later] = [
      await makeDeb(directory, "1.deb"),
      await makeDeb(directory, "2.deb"),
      await makeDeb(directory, "3.deb", 1_700_000_001),
    ];
    equal(await sha256(first), await sha256(again));
    notEqual(await sha256(first), await sha256(later));
    const share = [join(directory, "a.tar.gz"), join(directory, "b.tar.gz")] as const;
    for (const path of share) await packShare(ROOT, path, 1_700_000_000);
    equal(await sha256(share[0]), await sha256(share[1]));
    match(await output("tar", "-tzf", share[0]), /^completions\/_cubic$[\s\S]*^man\/cubic\.1$/m);
  });
});

Deno.test("ruby can read the formula", async () => {
  await inTemp(async (directory) => {
    const names = [...TARGETS.map((target) => programName("1.2.3", target)), shareName("1.2.3")];
    const digests = new Map(names.map((name) => [name, "0".repeat(64)]));
    const repository = "https://forge.example/me/cubic";
    const path = join(directory, "cubic.rb");
    await Deno.writeTextFile(path, formula({ version: "1.2.3", repository, digests }));
    equal(await output("ruby", "-c", path), "Syntax OK\n");
  });
});
