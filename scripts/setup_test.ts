/** scripts/setup on machines that it has never seen: a PATH with nothing but what a test puts there. */
import { equal, match } from "node:assert/strict";
import { join } from "node:path";

const SETUP = join(import.meta.dirname ?? ".", "setup");
/** What every system has, and the script may use. */
const BASIC_TOOLS = "sh sed grep dirname mktemp tail rm cat env mkdir chmod touch cp sleep".split(
  " ",
);
const GOOD_DENO = 'echo "deno 2.10.1 (stable, release)"';
const OLD_DENO = 'echo "deno 2.8.3 (stable, release)"';
const ROOT_USER = "echo 0";
const PLAIN_USER = "echo 1000";
/** The architecture this machine is not: whatever is installed here is of no use for it. */
const MACHINE = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
/** Installs what the other architecture's QEMU consists of. `$0` is the fake package manager. */
const INSTALL_QEMU = `
bin=$(dirname "$0")
for tool in qemu-system-${MACHINE} qemu-img ssh; do cp "$0" "$bin/$tool"; done
mkdir -p "$bin/../share/qemu/firmware"
echo '"${MACHINE}"' >"$bin/../share/qemu/firmware/50-edk2.json"`;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A machine whose programs are these shell scripts. */
async function onMachine(
  programs: Readonly<Record<string, string>>,
  test: (setup: (...args: string[]) => Promise<Outcome>, home: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    const bin = join(home, "bin");
    await Deno.mkdir(bin);
    await Promise.all(BASIC_TOOLS.map((tool) => linkTool(tool, bin)));
    for (const [name, body] of Object.entries({ uname: `echo ${MACHINE}`, ...programs })) {
      await Deno.writeTextFile(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    await test((...args) => setUp(args, home, bin), home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function linkTool(tool: string, bin: string): Promise<void> {
  for (const folder of ["/usr/bin", "/bin"]) {
    const found = await Deno.stat(join(folder, tool)).catch(() => undefined);
    if (found) return await Deno.symlink(join(folder, tool), join(bin, tool));
  }
  throw new Error(`Cannot find "${tool}" on this machine`);
}

async function setUp(args: string[], home: string, path: string): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: [SETUP, ...args],
    cwd: "/",
    clearEnv: true,
    env: { HOME: home, PATH: path },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

for (
  const [manager, command] of [
    ["apt-get", /apt-get install -y --no-install-recommends qemu-system-\w+ qemu-utils/],
    ["dnf", /dnf install -y --setopt=install_weak_deps=False qemu-\S+ qemu-img edk2-\w+/],
    ["pacman", /pacman -S --needed --noconfirm qemu-\S+ qemu-img edk2-\w+/],
    ["zypper", /zypper --non-interactive install --no-recommends qemu-\w+ qemu-tools qemu-\S+/],
    ["brew", /brew install qemu\n/],
  ] as const
) {
  Deno.test(`setup --check names the packages for ${manager} and changes nothing`, async () => {
    const programs = { deno: GOOD_DENO, id: ROOT_USER, [manager]: "exit 99" };
    await onMachine(programs, async (setup) => {
      const { code, output } = await setup("--check");
      equal(code, 5);
      match(output, command);
    });
  });
}

Deno.test("setup installs what is missing, and the second time finds it", async () => {
  await onMachine({ deno: GOOD_DENO, id: ROOT_USER, dnf: INSTALL_QEMU }, async (setup) => {
    const first = await setup();
    match(first.output, /installing with dnf/);
    equal(first.code, 0, first.output);
    const second = await setup();
    match(second.output, /system packages: all there/);
    equal(second.code, 0);
  });
});

Deno.test("setup says when it uses sudo, and for which command", async () => {
  const sudo = 'if [ "$1" = -n ]; then exit 0; fi; "$@"';
  const programs = { deno: GOOD_DENO, id: PLAIN_USER, dnf: INSTALL_QEMU, sudo, true: "exit 0" };
  await onMachine(programs, async (setup) => {
    const { code, output } = await setup();
    match(output, /needs root[\s\S]*sudo dnf install -y/);
    equal(code, 0, output);
  });
});

Deno.test("setup without root and sudo prints the very command and exits 5", async () => {
  await onMachine({ deno: GOOD_DENO, id: PLAIN_USER, dnf: "exit 99" }, async (setup) => {
    const { code, output } = await setup();
    equal(code, 5);
    match(output, /Type as root: dnf install -y \S+ qemu-/);
  });
});

Deno.test("setup shows the end of a failed installation", async () => {
  const dnf = "echo 'No package qemu available' >&2; exit 7";
  await onMachine({ deno: GOOD_DENO, id: ROOT_USER, dnf }, async (setup) => {
    const { code, output } = await setup();
    equal(code, 5);
    match(output, /exit 7/);
    match(output, /\| No package qemu available/);
  });
});

Deno.test("setup passes an old Deno by and installs its own with npm", async () => {
  const npm = `while [ "$1" != --prefix ]; do shift; done
bin=$2/node_modules/.bin
mkdir -p "$bin"
printf '#!/bin/sh\\n%s\\n' '${GOOD_DENO}' >"$bin/deno"
chmod +x "$bin/deno"`;
  const programs = { deno: OLD_DENO, npm, id: ROOT_USER, dnf: INSTALL_QEMU };
  await onMachine(programs, async (setup, home) => {
    const first = await setup();
    match(first.output, /installing version 2\.9 with npm/);
    equal(first.code, 0, first.output);
    const own = join(home, ".local/share/cubic-dev/node_modules/.bin/deno");
    match((await setup()).output, new RegExp(`deno: ${own}`));
  });
});

Deno.test("setup falls back on Deno's installer, and says so when that fails too", async () => {
  const programs = { npm: "exit 1", curl: "exit 6", id: ROOT_USER, dnf: INSTALL_QEMU };
  await onMachine(programs, async (setup) => {
    const { code, output } = await setup();
    equal(code, 5);
    match(output, /with Deno's installer/);
    match(output, /cannot install Deno/);
  });
});

Deno.test("setup refuses an option it does not know", async () => {
  await onMachine({}, async (setup) => {
    const { code, output } = await setup("--test");
    equal(code, 2);
    match(output, /unknown option "--test"/);
  });
});
