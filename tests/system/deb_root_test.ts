/**
 * The Debian package in a Debian that has nothing else: apt installs it with what it depends on, a plain user runs it,
 * and nothing is left when it is removed. With CUBIC_TEST_PROGRAM the compiled program is in it, else a stand-in.
 */
import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { aptSources, archiveOf } from "../../core/images/build_mirror.ts";
import { packDeb } from "../../scripts/package/deb.ts";
import { testProgram } from "../support/program.ts";
import { standIn } from "../support/release_server.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const CODENAME = "bookworm";

/** Runs in the clean root, whose apt knows a mirror; a line for each fact. */
const INSTALL = `set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends /root/package.deb >/root/apt.log 2>&1 || { cat /root/apt.log; exit 1; }
echo "status: $(dpkg-query -W -f '\${Status}' cubic)"
echo "version: $(cubic --version)"
echo "runtimes: $(command -v deno node nodejs npm npx || echo none)"
command -v qemu-img "qemu-system-$(uname -m)" >/dev/null && echo "qemu: there"
grep -qs '"uefi"' /usr/share/qemu/firmware/*.json && echo "firmware: there"
echo "man: $(gzip -dc /usr/share/man/man1/cubic.1.gz | head -n 1)"
echo "bash: $(bash -c '. /usr/share/bash-completion/completions/cubic; complete -p cubic')"
`;

/** A user of this root, not in any group, has an instance. */
const USE = `mkdir /home/ada && chown 1000:1000 /home/ada && cd /home/ada
as_ada() { setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/ada "$@"; }
as_ada cubic doctor --offline || true
as_ada qemu-img create -q -f qcow2 blank.qcow2 64M
as_ada cubic create web --image ./blank.qcow2 --memory 128M --cpus 1
as_ada cubic start web
echo "instance: $(as_ada cubic instances)"
as_ada cubic delete web --yes --force
rm -r /home/ada
`;

const REMOVE = `
dpkg -L cubic >/root/files
dpkg --purge cubic >/dev/null
while read -r path; do
  if [ -d "$path" ]; then dpkg -S "$path" >/dev/null 2>&1 || [ "$path" = /. ] || echo "left: $path"
  elif [ -e "$path" ]; then echo "left: $path"; fi
done </root/files
find / -xdev \\( -path /proc -o -path /sys -o -path /root \\) -prune -o -name '*cubic*' -print | sed 's/^/left: /'
ls -A /tmp | sed -n '/^mmdebstrap\\./!s/^/left: \\/tmp\\//p'
echo "removed: $(command -v cubic || echo yes)"
`;

/** Makes a Debian of the least that has apt, in it runs the script, and throws it away; returns what was said. */
async function inCleanRoot(deb: string, script: string, said: string): Promise<string> {
  const host = realHost();
  const archive = archiveOf("debian")!;
  const request = { archive, codename: CODENAME, mirror: undefined };
  const [main] = await aptSources(host, request, AbortSignal.timeout(60_000));
  if (!main) throw new Error("This test needs apt's mirror of Debian");
  const root = Deno.uid() === 0;
  const args = [
    ...["mmdebstrap", `--mode=${root ? "root" : "unshare"}`, "--variant=apt", "--format=null"],
    ...[`--keyring=${archive.keyring}`, '--aptopt=Acquire::Languages "none"', "--quiet"],
    ...[`--customize-hook=copy-in ${deb} ${script} /root`],
    ...["--dpkgopt=force-unsafe-io", `--customize-hook=chroot "$1" sh /root/script >"${said}"`],
    ...[CODENAME, "/dev/null", `deb ${main.uri} ${main.suite} ${main.components}`],
  ];
  // What is mounted below the root goes with a namespace of its own, as a plain user's does anyway.
  const [command = "", ...rest] = root ? ["unshare", "--mount", ...args] : args;
  const { code, stdout, stderr } = await host.run(command, rest);
  equal(code, 0, stdout + stderr);
  return await Deno.readTextFile(said);
}

Deno.test("in a clean Debian the package is installed with what it needs, used by a plain user, and removed", async () => {
  const { words } = await testProgram();
  const isCompiled = words.length === 1;
  await using dir = await makeTempDir();
  // The ids of a plain user's namespace must get through to it.
  await Deno.chmod(dir.path, 0o755);
  const at = (name: string): string => join(dir.path, name);
  const [deb, script, output] = [at("package.deb"), at("script"), at("said")];
  const program = isCompiled ? words[0]! : at("stand-in");
  if (!isCompiled) await Deno.writeTextFile(program, standIn("1.2.3"));
  const arch = realHost().arch;
  const facts = { version: "1.2.3", arch, maintainer: "A B <a@b.example>", epoch: 1_700_000_000 };
  await packDeb({ root: ROOT, program, output: deb, ...facts });
  await Deno.writeTextFile(output, "");
  await Deno.chmod(output, 0o666);
  await Deno.writeTextFile(script, INSTALL + (isCompiled ? USE : "") + REMOVE);

  const said = await inCleanRoot(deb, script, output);
  match(said, /^status: install ok installed\nversion: cubic \d+\.\d+\.\d+.*\nruntimes: none\n/m);
  match(said, /^qemu: there\nfirmware: there\nman: \.TH "CUBIC".*\nbash: complete .* cubic$/m);
  if (isCompiled) {
    match(said, /^\[ +ok\] +QEMU: [\s\S]*^\[ +ok\] +UEFI firmware: /m);
    match(said, /^web +running/m);
  }
  match(said, /^removed: yes$/m);
  equal(/^left: .*/m.exec(said)?.[0], undefined);
});
