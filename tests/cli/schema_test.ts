/** What --json prints, against the schemas, over the states that a home may be in. */
import { deepEqual, equal, match, notDeepEqual, ok, throws } from "node:assert/strict";
import { join } from "node:path";
import { allCommands, pathOf } from "../../cmd/command_tree.ts";
import { JSON_ALONE, NO_RESULT, RESULTS, schemaOf } from "../../cmd/schema/results.ts";
import { instanceFiles } from "../../core/paths.ts";
import { pluginTemplate } from "../../plugins/scaffold/templates.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { commandTree } from "../support/command_tree.ts";
import { keyFile, makeSigner } from "../support/openpgp.ts";
import { pretendGuest } from "../support/pretended_guest.ts";
import {
  checkLines,
  flagsOf,
  type Form,
  inBothForms,
  readResult,
} from "../support/result_lines.ts";
import { unresponsiveInstance } from "../support/running_instance.ts";
import { checker, checkResult } from "../support/schema_check.ts";
import { eventually } from "../support/sandbox.ts";
import { freePort } from "../support/sshd.ts";
import { signingPlugin } from "../support/signing_plugin.ts";

const commands = allCommands((await commandTree()).root).filter(({ commands }) =>
  commands.length === 0
);

/** The paths of the commands with an option. */
function having(long: string): string[] {
  return commands.filter(({ options }) => options.some((option) => option.long === long))
    .map(pathOf);
}

/** Commands that print a result, by their path. */
const reporting = having("--json");

/** What no test here can bring about: the file that checks a real result of it, and how that says so. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, says: string]>> = {
  // It needs a guest that boots.
  "restart": ["tests/e2e/guest_test.ts", 'sandbox.json("restart", '],
  // It needs mmdebstrap's place taken.
  "image build": ["tests/system/images_build_test.ts", 'checkResult(["image", "build"], '],
  // It needs a program that install.sh installed.
  "upgrade": ["tests/system/upgrade_test.ts", 'checkResult(["upgrade"], '],
};

const validated = new Set<string>();

async function check(cli: Cli, form: Form, lines: readonly string[]): Promise<void> {
  for (const path of await checkLines(cli, form, lines, reporting)) validated.add(path);
}

/** Lists and what else is answered in any home. */
const ALWAYS = [
  "instances",
  "instances --all",
  "images",
  "image list",
  "distro list",
  "distro show gentoo",
  "config list",
  "config get require-signature",
  "config get mirror.debian",
  "doctor",
  "ports",
  "port list",
  "stats",
  "ssh-config",
  "prune --dry-run",
  "prune --all --dry-run",
  "stop --all",
  "image refresh",
];

/** What has more to tell of an instance that runs. */
const RUNNING = [
  ...["instances", "instances --all", "ports", "stats", "doctor", "show web", "show web --all"],
  ...["stats web", "ssh-config web"],
];

Deno.test("every command that takes --json has a schema, and nothing else has one", () => {
  deepEqual(Object.keys(RESULTS).sort(), [...reporting].sort());
});

Deno.test("every other command has a reason, and every result but streams and files a --format", () => {
  const others = commands.map(pathOf).filter((path) => !reporting.includes(path));
  deepEqual(others.sort(), Object.keys(NO_RESULT).sort());
  const alone = reporting.filter((path) => !having("--format").includes(path));
  deepEqual([...alone, "image export", "distro init"].sort(), [...JSON_ALONE].sort());
});

Deno.test("every schema can be compiled, and refuses what is no result", () => {
  for (const path of Object.keys(RESULTS)) {
    notDeepEqual(checker(schemaOf(path) ?? {})("no result"), [], path);
  }
});

Deno.test(
  "--json fits its schema in a home with nothing in it",
  inBothForms(async (form) => {
    await using cli = await Cli.create();
    await check(cli, form, ALWAYS);
    equal((await cli.ok("instances --json")).stdout, "[]\n");
  }),
);

Deno.test(
  "--json fits its schema for instances and images that are well",
  inBothForms(async (form) => {
    await using cli = await Cli.withImage();
    const file = join(cli.home, "file.txt");
    await check(cli, form, [`create web -i ${IMAGE} -p 127.0.0.1:28080:80 --isolate`]);
    await Deno.writeTextFile(file, "text");
    const plugin = join(cli.home, "mylinux.toml");
    await Deno.writeTextFile(plugin, pluginTemplate("mylinux", "toml"));
    await check(cli, form, [
      ...ALWAYS,
      ...["show web", `image show ${IMAGE}`, `image show ${IMAGE} --verify`],
      ...["modify web --cpus 1", "port add web 9090:90", "port remove web 9090:90"],
      ...["clone web two", "rename two three", "protect three", "protect three --off"],
      ...["ssh-config web", "stop web", "delete three --yes", "wait web --for stopped"],
      `scp ${file} ${file}.copy`,
      `scp --dry-run ${file} ${file}.copy2`,
      `image import ${await imageFile(cli)} --name mine:1.0`,
      ...["image show mine:1.0", "image list", "images", "image remove mine:1.0 --yes"],
      `image pull ${IMAGE}`,
      ...[`distro add ${plugin} --yes`, "distro list"],
      ...["distro show mylinux", "distro update mylinux --yes"],
      `image export ${IMAGE} ${cli.home}/out.qcow2`,
      ...["config set cpus 2", "config set cpus 2", "config unset cpus", "config path"],
    ]);
    await Deno.writeTextFile(plugin, pluginTemplate("mylinux", "toml").replaceAll("2.0", "2.1"));
    await check(cli, form, ["distro update mylinux --yes", "distro remove mylinux --yes"]);
    const { consoleLog } = instanceFiles(cli.paths, "web");
    await Deno.writeFile(consoleLog, Uint8Array.of(0x61, 0x0d, 0x0a, 0xff, 0x1b, 0x5b));
    await check(cli, form, ["logs web", "logs web --console -n 1"]);
    for (const kind of ["ts", "toml"]) {
      const lines = [
        `distro init own${kind} --format ${kind}`,
        `distro check ./own${kind}.${kind} --fixtures ./own${kind}.fixtures`,
      ];
      await inDirectory(cli.home, () => check(cli, form, lines));
    }
    const events = check(cli, form, ["events web --until changed"]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await cli.ok("protect web");
    await events;
  }),
);

Deno.test(
  "--json keeps its shape when an instance is broken",
  inBothForms(async (form) => {
    await using cli = await Cli.withImage();
    await cli.ok(`create web -i ${IMAGE}`);
    await cli.ok(`create wreck -i ${IMAGE}`);
    await Deno.writeTextFile(join(cli.paths.instances, "wreck", "instance.toml"), "no = [");
    await check(cli, form, ALWAYS);
    const { stdout } = await cli.run(["instances", "--json"]);
    match(stdout, /"state": "broken"/);
  }),
);

Deno.test({
  name: "--json keeps its shape when QEMU runs and its guest is down",
  // QEMU is let go of on purpose; Deno would call it a leak.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: inBothForms(async (form) => {
    await using cli = await Cli.withImage();
    try {
      await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M -d 64M`);
      await check(cli, form, ["start web --accel off", "start web", ...RUNNING]);
      await check(cli, form, ["modify web --cpus 2", "stop web --kill"]);
    } finally {
      await cli.run(["stop", "--all", "--kill"]);
    }
  }),
});

Deno.test(
  "--json keeps its shape when QEMU does not answer",
  inBothForms(async (form) => {
    await using cli = await Cli.withImage();
    await cli.ok(`create web -i ${IMAGE}`);
    await using _running = await unresponsiveInstance(cli.paths, "web");
    await check(cli, form, ["instances", "show web", "stats web"]);
    const [{ state }] = JSON.parse((await cli.ok("instances --json")).stdout);
    equal(state, "unresponsive");
  }),
);

Deno.test(
  "--json fits its schema when the guest can be logged in to",
  inBothForms(async (form) => {
    await using cli = await Cli.withImage();
    await using _guest = await pretendGuest(await cli.app(), { name: "up" });
    await check(cli, form, [
      ...["wait up", "wait up --for ssh --timeout 9", "show up", "stats up", "ports", "instances"],
      ...["start up --wait", `run up --if-missing --detach -i ${IMAGE}`],
    ]);
    const port = freePort();
    const stop = new AbortController();
    const line = `tunnel up -L ${port}:localhost:1 -D 0`.split(" ");
    const open = cli.run([...line, ...flagsOf(form)], { signal: stop.signal });
    await eventually("the tunnel is open", () => answers(port));
    stop.abort();
    const { stdout, status } = await open;
    equal(status, 130);
    checkResult(["tunnel"], readResult(form, stdout));
    validated.add("tunnel");
  }),
);

Deno.test(
  "--json fits its schema for a key that signs images",
  inBothForms(async (form) => {
    await using cli = await Cli.create();
    const signer = await makeSigner();
    await Deno.mkdir(cli.home, { recursive: true });
    const [plugin, key] = [join(cli.home, "acme.ts"), join(cli.home, "acme.asc")];
    await Deno.writeTextFile(plugin, signingPlugin("acme", signer.fingerprint));
    await Deno.writeFile(key, keyFile([signer]));
    await check(cli, form, [`distro add ${plugin} --yes`, `distro trust acme ${key}`]);
  }),
);

// Last: it looks at what the others have seen.
Deno.test("the result of every command was checked, here or where it is said to be", async () => {
  const missing = reporting.filter((path) => !validated.has(path));
  deepEqual(missing.sort(), Object.keys(ELSEWHERE).sort());
  for (const [path, [file, says]] of Object.entries(ELSEWHERE)) {
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    ok(text.includes(says), `${file} checks no result of ${path}`);
  }
  throws(() => checkResult(["restart", "web"], [{}]), /must have required property/);
});

async function answers(port: number): Promise<boolean> {
  return await Deno.connect({ hostname: "127.0.0.1", port }).then(
    (connection) => (connection.close(), true),
    () => false,
  );
}

async function imageFile(cli: Cli): Promise<string> {
  const path = join(cli.home, "disk.qcow2");
  await cli.host().run("qemu-img", ["create", "-q", "-f", "qcow2", path, "64M"]);
  return path;
}

async function inDirectory(path: string, action: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  Deno.chdir(path);
  try {
    await action();
  } finally {
    Deno.chdir(before);
  }
}
