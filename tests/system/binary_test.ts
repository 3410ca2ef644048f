/**
 * The program where it has least: a directory that can't be written, no home, another language, a temporary directory
 * that is to stay empty. With CUBIC_TEST_PROGRAM it is the compiled program, else the source by Deno: each check is of
 * the one that is there.
 */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { realHost } from "../../core/host.ts";
import { resolvePaths } from "../../core/paths.ts";
import { formatOf } from "../../scripts/compile/targets.ts";
import { putInstance } from "../support/instance.ts";
import { withMount } from "../support/own_mount.ts";
import { compiledProgram, RUNTIMES, testProgram } from "../support/program.ts";
import { addBlankImage, type Finished, makeSandbox } from "../support/sandbox.ts";
import { serveSlowVendor, vendorPlugin } from "../support/slow_vendor.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { openTerminal } from "../support/tmux.ts";

/** What a machine of its own lives through, as lines of shell. */
const LIFE = `
cubic create web --image debian:bookworm --memory 128M --cpus 1
cubic start web
cubic instances
cubic stop web --kill
cubic delete web --yes`;

async function run(
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = "/",
): Promise<Finished> {
  const options = { args, env, cwd, clearEnv: true, stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Lines of shell for which \`cubic\` is the program; the first one that fails ends them. */
function shellLines(words: readonly string[], lines: string): readonly string[] {
  const command = words.map((word) => `'${word}'`).join(" ");
  return ["sh", "-euc", `cubic() { ${command} "$@"; }\n${lines}`];
}

function without(
  env: Readonly<Record<string, string>>,
  ...names: readonly string[]
): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

Deno.test("a compiled program is started where no Deno, Node or npm is to be found", async () => {
  await using dir = await makeTempDir();
  const put = async (name: string, text: string): Promise<string> => {
    const path = join(dir.path, name);
    await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  };
  for (const name of [...RUNTIMES, "neighbour"]) await put(name, "echo ran");
  const look = `command -v ${RUNTIMES.join(" ")}; env | grep -E '^(DENO|NODE|NPM|npm)_'; neighbour`;
  const script = await put("cubic", look);
  const outer = Deno.env.toObject();
  const path = `${dir.path}:${outer["PATH"]}`;
  const outside = { ...outer, PATH: path, DENO_DIR: "/d", NODE_OPTIONS: "-x", NPM_TOKEN: "z" };
  ok((await run(["sh", "-c", look], outside)).stdout.startsWith(join(dir.path, "deno")));

  await using sandbox = await makeSandbox({}, compiledProgram(script, outside));
  equal((await sandbox.cubic()).stdout, "ran\n");
  equal((await sandbox.run("sh", "-c", look)).stdout, "ran\n");
  await using terminal = await openTerminal(sandbox.home, sandbox.env);
  await terminal.type(`clear; ${sandbox.command}; echo over`, "Enter");
  match(await terminal.waitFor(/^over/m), /^ran\nover/);
});

Deno.test("the program runs from a file system that can't be written", async () => {
  const { words, directory } = await testProgram();
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const readOnly = `mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"`;
  const lines = `if touch ./x 2>/dev/null; then echo it can be written; fi${LIFE}`;
  const command = [
    ...withMount(readOnly, directory),
    ...shellLines(words, `cd '${directory}'\n${lines}`),
  ];
  const { code, stdout, stderr } = await run(command, sandbox.env);
  equal(code, 0, stderr);
  match(stdout, /^web +running/m);
  doesNotMatch(stdout, /it can be written/);
});

/** Somebody without a home; root can't be one, so it becomes nobody where the program can be read by all. */
async function stranger(): Promise<AsyncDisposable & { readonly words: readonly string[] }> {
  const program = await testProgram();
  if (program.words.length > 1 || Deno.uid() !== 0) {
    return { words: program.words, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const dir = await makeTempDir();
  const copy = join(dir.path, "cubic");
  await Deno.copyFile(program.words[0]!, copy);
  for (const path of [dir.path, copy]) await Deno.chmod(path, 0o755);
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  return { ...dir, words: [...nobody, copy] };
}

Deno.test("the program does without a home, or says which directory it wants", async () => {
  const { env } = await testProgram();
  await using who = await stranger();
  await using temp = await makeTempDir();
  await Deno.chmod(temp.path, 0o777);
  const bare = { ...without(env, "HOME", "CUBIC_HOME"), NO_COLOR: "1", TMPDIR: temp.path };
  // Without a network nobody waits for the vendors.
  const plain = {
    ...without(bare, ...["DATA", "CACHE", "CONFIG"].map((one) => `XDG_${one}_HOME`)),
    HTTPS_PROXY: "http://127.0.0.1:1",
  };
  // Nobody can make a directory there, not even root.
  const unwritable = { ...plain, HOME: "/sys/nonexistent" };
  const create = ["create", "web", "--image", "debian"];

  for (const args of [["--version"], ["--help"], ["completions", "bash"], ["create", "--help"]]) {
    const there = await run([...who.words, ...args], { ...plain, HOME: temp.path });
    equal(there.code, 0, there.stderr);
    for (const env of [plain, unwritable]) {
      deepEqual(await run([...who.words, ...args], env), there);
    }
  }
  for (const args of [["images"], ["instances"], ["doctor", "--offline"], create]) {
    const { code, stderr } = await run([...who.words, ...args], plain);
    equal(code, 1, stderr);
    equal(
      stderr,
      "error: Cannot tell where to keep instances: HOME is not set\n" +
        "hint: Set HOME, or CUBIC_HOME to the directory that should hold everything.\n",
    );
  }
  for (const args of [["instances"], ["images"]]) {
    const { code, stderr } = await run([...who.words, ...args], unwritable);
    equal(code, 0, stderr);
  }
  const refused = await run([...who.words, ...create], unwritable);
  equal(refused.code, 1);
  match(
    refused.stderr,
    /^error: Cannot make the directory \/sys\/nonexistent\/.*\nhint: Set CUBIC_HOME /,
  );
  const checkup = await run([...who.words, "doctor", "--offline"], unwritable);
  equal(checkup.code, 5);
  match(
    checkup.stdout,
    /Directories: \/sys\/nonexistent\/\S+ can't be made: \/sys can't be written/,
  );

  const own = { ...unwritable, CUBIC_HOME: join(temp.path, "cubic home") };
  equal((await run([...who.words, "config", "set", "cpus", "1"], own)).code, 0);
  equal((await run([...who.words, "config", "get", "cpus"], own)).stdout, "1\n");
  deepEqual(await Array.fromAsync(Deno.readDir(temp.path), ({ name }) => name), ["cubic home"]);
});

/** Danish sorts "aa" last, Estonian "z" before "t", Czech "ch" behind "h"; Turkish has another i. */
const LOCALES = [
  "POSIX",
  "da_DK.UTF-8",
  "et_EE.UTF-8",
  "cs_CZ.UTF-8",
  "tr_TR.UTF-8",
  "ja_JP.eucJP",
  "no-such",
];

Deno.test("the program says the same in the same order under every locale", async () => {
  await using sandbox = await makeSandbox();
  const { words, env } = await testProgram();
  const home = join(sandbox.home, "hemmahörande 日本 ı");
  const names = ["aa", "b", "ch", "h", "i", "s", "t", "z"];
  const paths = resolvePaths({ os: realHost().os, env: () => home }, Deno.uid());
  for (const name of names) await putInstance(paths, { name, image: `${home}/Ångström İ.img` });
  const commands = [
    ...[["instances"], ["instances", "-q"], ["show", "aa", "--json"], ["distro", "list"], [
      "--help",
    ]],
    ...[["images", "debian"], ["create", "x", "--image", "./Ångström-日本-ı.img"], ["show", "AA"]],
  ];
  const all = async (locale: string): Promise<readonly Finished[]> => {
    const own = { CUBIC_HOME: home, LANG: locale, LC_ALL: locale, LANGUAGE: locale, NO_COLOR: "1" };
    const whole = { ...env, HTTPS_PROXY: "http://127.0.0.1:1", ...own };
    return await Promise.all(commands.map((args) => run([...words, ...args], whole)));
  };
  const usual = await all("C");
  equal(usual[1]?.stdout, names.map((name) => `${name}\n`).join(""));
  match(usual[2]?.stdout ?? "", /Ångström İ\.img/);
  match(usual[6]?.stderr ?? "", /Ångström-日本-ı\.img/);
  for (const locale of LOCALES) deepEqual(await all(locale), usual, locale);
});

Deno.test("the program leaves nothing in the temporary directory", async () => {
  const { words, directory, env } = await testProgram();
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await using vendor = serveSlowVendor();
  const plugin = join(sandbox.home, "homebrew.ts");
  await Deno.writeTextFile(plugin, vendorPlugin(vendor.url));
  await Deno.mkdir(join(sandbox.home, "own"));
  // A temporary directory that nobody else uses; what was there and is needed is put back into it.
  const ownTmp =
    `PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount --rbind /tmp /mnt; mount -t tmpfs tmpfs /tmp
    for kept; do case $kept in /tmp/*) mkdir -p "$kept"; mount --rbind "/mnt/\${kept#/tmp/}" "$kept" ;; esac; done`;
  const path = env["PATH"]?.split(":").filter((entry) => entry.startsWith("/tmp/")) ?? [];
  const kept = [directory, sandbox.home, dirname(words[0]!), env["DENO_DIR"] ?? "/", ...path];
  const mount = withMount(ownTmp, ...await Promise.all(kept.map((path) => Deno.realPath(path))));
  const lines = `
left() { find /tmp -xdev | sort; }
before=$(left)
cubic --version${LIFE}
cubic distro add '${plugin}' --yes --allow-loopback
cubic images homebrew
cubic image pull homebrew:1
cubic doctor --offline || true
timeout --preserve-status -s INT 4 ${words.join(" ")} image pull homebrew:2 || test $? = 130
cubic distro remove homebrew --yes
if test "$before" != "$(left)"; then left; exit 99; fi
find "$CUBIC_HOME/own" -mindepth 1`;
  for (const TMPDIR of [undefined, join(sandbox.home, "own")]) {
    const own = { ...without(sandbox.env, "TMPDIR"), ...(TMPDIR && { TMPDIR }) };
    const { code, stdout, stderr } = await run([...mount, ...shellLines(words, lines)], own);
    equal(code, 0, stdout + stderr);
    match(stdout, /^web +running/m);
    match(stdout, /^homebrew:1 /m);
    ok(!stdout.includes(`${sandbox.home}/own/`), stdout);
  }
  ok(vendor.asked.filter((name) => name.includes("-2-")).length > 0, "nothing was interrupted");
});

const HEADS = {
  "ELF 64-bit .* x86-64": { elf: 62 },
  "ELF 64-bit .*aarch64": { elf: 183 },
  "Mach-O 64-bit x86_64": { mach: 7 },
  "Mach-O 64-bit arm64": { mach: 12 },
};

Deno.test("file(1) reads the formats of programs as the compile script does", async () => {
  await using dir = await makeTempDir();
  const programs = new Map<string, string>();
  for (const [words, head] of Object.entries(HEADS)) {
    const path = join(dir.path, String(programs.size));
    await Deno.writeFile(path, "elf" in head ? elfHead(head.elf) : machHead(head.mach));
    programs.set(path, words);
  }
  const { words } = await testProgram();
  const host = `${Deno.build.os === "linux" ? "ELF" : "Mach-O"} 64-bit .*${Deno.build.arch}`;
  programs.set(await Deno.realPath(words[0]!), host.replace("x86_64", "x86.64"));
  for (const [path, said] of programs) {
    const { stdout } = await realHost().run("file", ["-b", path]);
    match(stdout, new RegExp(said), basename(path));
    const { os, arch } = formatOf(await firstBytes(path)) ?? {};
    equal(os, said.startsWith("ELF") ? "linux" : "darwin");
    equal(arch, /x86/.test(said) ? "x86_64" : "aarch64");
  }
});

async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(64);
  await file.read(head);
  return head;
}

/** The header of a 64-bit little-endian ELF program without segments (System V ABI, figure 4-3). */
function elfHead(machine: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, index) => view.setUint8(index, byte));
  const halves = [[16, 3], [18, machine], [52, 64], [54, 56], [58, 64]] as const;
  for (const [offset, value] of halves) view.setUint16(offset, value, true);
  view.setUint32(20, 1, true);
  return new Uint8Array(view.buffer);
}

/** The header of a 64-bit Mach-O program without load commands (mach-o/loader.h). */
function machHead(cpu: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  const words = [0xfeedfacf, 0x01000000 | cpu, cpu === 7 ? 3 : 0, 2];
  words.forEach((word, index) => view.setUint32(index * 4, word, true));
  return new Uint8Array(view.buffer);
}
