/** What --json prints, against the schemas, over the states that a home may be in. */
import { deepEqual, equal, match, notDeepEqual } from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { allCommands, pathOf } from "../../cmd/command_tree.ts";
import { RESULTS, schemaOf } from "../../cmd/schema/results.ts";
import { pluginTemplate } from "../../plugins/scaffold/templates.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { commandTree } from "../support/command_tree.ts";
import { unresponsiveInstance } from "../support/running_instance.ts";
import { checker } from "../support/schema_check.ts";

/** Commands that print a result, by their path. */
const reporting = allCommands((await commandTree()).root)
  .filter((command) => command.options.some(({ long }) => long === "--json"))
  .map(pathOf);

/** What no test here can bring about, and where it is seen instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "image build": "needs a package mirror; tests/system/images_build_test.ts",
  "restart": "needs a guest that can be logged in to; its list is made as that of start",
  "tunnel": "needs a guest that can be logged in to",
  "distro trust": "needs a key that a vendor signs with",
  "upgrade": "needs a program that install.sh installed; tests/system/upgrade_test.ts",
};

const validated = new Set<string>();

/** The forms for programs. A line that changes something can be run once only, so each has a home of its own. */
const FORMS = ["json", "yaml"] as const;
type Form = typeof FORMS[number];

/** Their --format is the one of a file. */
const JSON_ALONE: readonly string[] = ["image export", "distro init", "events"];

/** Exit statuses other than 0. */
const STATUSES: Readonly<Record<string, number>> = {
  // It is not set.
  "config get mirror.debian": 3,
  // There is no network; the list of what was pulled is printed all the same.
  [`image pull ${IMAGE}`]: 1,
};

/** Runs each line; the result has to fit the schema, and the status has to be the one of a success. */
async function check(cli: Cli, form: Form, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const path = reporting.find((path) => line === path || line.startsWith(`${path} `)) ?? "";
    const flags = form === "json" || JSON_ALONE.includes(path) ? ["--json"] : ["--format", form];
    const { stdout, stderr, status } = await cli.run([...line.split(" "), ...flags]);
    const schema = schemaOf(path);
    if (!schema) throw new Error(`cubic ${line} has no schema`);
    // What doctor says of this machine is no matter of its form.
    if (path !== "doctor") equal(status, STATUSES[line] ?? 0, `cubic ${line}: ${stderr}`);
    // A stream is a value a line.
    const values = path === "events" ? stdout.trimEnd().split("\n") : [stdout];
    const read = flags[0] === "--json" ? JSON.parse : readYaml;
    for (const text of values) {
      deepEqual(checker(schema)(readAs(read, text, line)), [], `cubic ${line}: ${text}`);
    }
    validated.add(path);
  }
}

/** The body of a test that is run once for each form. */
function inBothForms(body: (form: Form) => Promise<void>): () => Promise<void> {
  return async () => {
    for (const form of FORMS) await body(form);
  };
}

/** YAML that is no JSON: a command that ignores its --format is noticed. */
function readYaml(text: string): unknown {
  const isJson = /^[[{]\n/.test(text);
  return isJson ? `this is JSON: ${text}` : parse(text);
}

function readAs(read: (text: string) => unknown, text: string, line: string): unknown {
  try {
    if (text === "") throw new Error("empty");
    return read(text);
  } catch {
    throw new Error(`cubic ${line} printed no result: "${text}"`);
  }
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

Deno.test("--format yaml says what --json says", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const line of ["instances", "show web", "image list", "config list", "distro list"]) {
    const { stdout } = await cli.ok(`${line} --format yaml`);
    deepEqual(parse(stdout), JSON.parse((await cli.ok(`${line} --json`)).stdout), line);
    equal((await cli.ok(`${line} --format json`)).stdout, (await cli.ok(`${line} --json`)).stdout);
  }
});

Deno.test("who says no gets a result all the same", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const plugin = join(cli.home, "mylinux.toml");
  await Deno.writeTextFile(plugin, pluginTemplate("mylinux", "toml"));
  await cli.ok(`distro add ${plugin} --yes`);
  const terminal = ["stdin", "stdout", "stderr"] as const;
  const decline = async (line: string): Promise<unknown> => {
    const { status, stdout } = await cli.run(`${line} --json`.split(" "), {
      terminal,
      typed: ["n"],
    });
    equal(status, 0, line);
    return JSON.parse(stdout);
  };
  deepEqual(await decline("delete web"), []);
  deepEqual(await decline(`image remove ${IMAGE}`), []);
  deepEqual(await decline("distro remove mylinux"), { name: "mylinux", removed: false });
  const found = await decline("prune --images") as readonly { removed: boolean }[];
  deepEqual(found.filter(({ removed }) => removed), []);
});

Deno.test("--quiet prints the names of a list alone", async () => {
  await using cli = await Cli.withImage();
  for (const name of ["web", "db"]) await cli.ok(`create ${name} -i ${IMAGE}`);
  equal((await cli.ok("instances -q")).stdout, "db\nweb\n");
  match((await cli.ok("image list -q")).stdout, /^debian:bookworm:\w+\n$/);
  match((await cli.ok("distro list -q")).stdout, /^debian$/m);
  match((await cli.ok("config list -q")).stdout, /^ca-file$/m);
});

Deno.test("cubic schema prints the schema of a command, and of all", async () => {
  await using cli = await Cli.create();
  const { title, $schema } = JSON.parse((await cli.ok("schema image ls")).stdout);
  equal(title, "cubic image list --json");
  match($schema, /2020-12/);
  const { version, commands } = JSON.parse((await cli.ok("schema")).stdout);
  deepEqual([version, Object.keys(commands)], [1, Object.keys(RESULTS)]);
  const { status, stderr } = await cli.run(["schema", "ssh"]);
  equal(status, 2);
  match(stderr, /takes no --json\nhint: /);
});

// Last: it looks at what the others have seen.
Deno.test("the result of every command was checked", () => {
  const missing = reporting.filter((path) => !validated.has(path) && !(path in ELSEWHERE));
  deepEqual(missing, []);
});

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
