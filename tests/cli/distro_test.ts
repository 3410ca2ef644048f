/** `cubic distro`: what it says, what it asks, what it refuses to take in. */
import { deepEqual, doesNotMatch, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { pluginTemplate } from "../../plugins/scaffold/templates.ts";
import { Cli } from "../support/cli.ts";

const TOML = pluginTemplate("mylinux", "toml");
const TERMINAL = { terminal: ["stdin", "stderr"] } as const;

/** A home beside which a file with this text lies. */
async function withPlugin(
  text: string | Uint8Array,
  file = "mylinux.toml",
): Promise<{ cli: Cli; path: string } & AsyncDisposable> {
  const cli = await Cli.create();
  await Deno.mkdir(cli.home, { recursive: true });
  const path = join(cli.home, file);
  await (typeof text === "string" ? Deno.writeTextFile(path, text) : Deno.writeFile(path, text));
  return { cli, path, [Symbol.asyncDispose]: () => cli[Symbol.asyncDispose]() };
}

async function filesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

Deno.test("distro add shows what it is about to trust, asks, and takes only a yes", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  const no = await cli.run(["distro", "add", path], { ...TERMINAL, typed: ["n"] });
  equal(no.status, 0);
  match(no.stderr, /Name: +mylinux\nTitle: +Mylinux\n(.|\n)*Hosts: +images\.example\.org\n/);
  match(no.stderr, /SHA-256: +[0-9a-f]{64}\nAdd mylinux\? \[y\/N\] Nothing added\n/);
  await rejects(Deno.stat(cli.paths.distros), Deno.errors.NotFound);
  const yes = await cli.run(["distro", "add", path], { ...TERMINAL, typed: ["y"] });
  match(yes.stderr, /Added mylinux/);
  match((await cli.ok("distro ls")).stdout, /^mylinux +Mylinux +added +https:\/\/images\.example/m);
});

Deno.test("distro add without a terminal needs --yes", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  const { status, stderr } = await cli.run(["distro", "add", path]);
  equal(status, 2);
  match(stderr, /Cannot ask whether to go on: there is no terminal\nhint: Add --yes/);
  await rejects(Deno.stat(cli.paths.distros), Deno.errors.NotFound);
});

Deno.test("an added distro's file is kept read-only and private, and goes with it", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  await cli.ok(`distro add ${path} --yes`);
  const [file = "", registry] = await filesIn(cli.paths.distros);
  match(file, /^mylinux-[0-9a-f]{8}\.toml$/);
  equal(registry, "registry.json");
  equal((await Deno.stat(join(cli.paths.distros, file))).mode! & 0o777, 0o400);
  equal((await Deno.stat(join(cli.paths.distros, "registry.json"))).mode! & 0o777, 0o600);
  match(
    (await cli.ok("distro rm mylinux --yes")).stderr,
    /Removed mylinux; its stored images stay/,
  );
  deepEqual(await filesIn(cli.paths.distros), ["registry.json"]);
  equal((await cli.run(["distro", "rm", "mylinux", "--yes"])).status, 3);
});

Deno.test("distro show tells an added distro's releases, source and digest", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  await cli.ok(`distro add ${path} --yes`);
  const { stdout } = await cli.ok("distro show mylinux");
  match(stdout, /Kind: +added\nSource: .*mylinux\.toml\nSHA-256: +[0-9a-f]{64}\n\nVERSION/);
  match(stdout, /^2\.0 +stable, latest +amd64, arm64 +2031-06-30$/m);
  const shown = JSON.parse((await cli.ok("distro show mylinux --json")).stdout);
  deepEqual([shown.kind, shown.releases.length, shown.allowLoopback], ["added", 2, false]);
});

Deno.test("distro show forgets the releases of the file before", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  await cli.ok(`distro add ${path} --yes`);
  await cli.ok("distro show mylinux");
  await Deno.writeTextFile(path, TOML.replaceAll("2.0", "2.1"));
  await cli.ok("distro update mylinux --yes");
  match((await cli.ok("distro show mylinux")).stdout, /^2\.1 /m);
});

Deno.test("a name or alias that somebody has is refused", async () => {
  const cases: [text: string, says: RegExp][] = [
    [TOML.replaceAll("mylinux", "debian"), /the built-in Debian is called "debian"/],
    [`aliases = ["ubuntu"]\n${TOML}`, /the built-in Ubuntu is called "ubuntu"/],
  ];
  for (const [text, says] of cases) {
    await using home = await withPlugin(text);
    const { status, stderr } = await home.cli.run(["distro", "add", home.path, "--yes"]);
    equal(status, 4);
    match(stderr, says);
  }
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  await cli.ok(`distro add ${path} --yes`);
  match(
    (await cli.run(["distro", "add", path, "--yes"])).stderr,
    /hint: `cubic distro update mylinux`/,
  );
});

Deno.test("two adds at once both end up in the list", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  const other = join(cli.home, "other.toml");
  await Deno.writeTextFile(other, TOML.replaceAll("mylinux", "other"));
  await Promise.all([path, other].map((file) => cli.ok(`distro add ${file} --yes`)));
  const { stdout } = await cli.ok("distro ls");
  match(stdout, /^mylinux/m);
  match(stdout, /^other/m);
});

Deno.test("a file that was changed since it was added is refused, until it is updated", async () => {
  await using home = await withPlugin(TOML);
  const { cli, path } = home;
  await cli.ok(`distro add ${path} --yes`);
  const [file = ""] = await filesIn(cli.paths.distros);
  const kept = join(cli.paths.distros, file);
  const tamper = async (): Promise<void> => {
    await Deno.remove(kept);
    await Deno.writeTextFile(kept, TOML.replace("images.example.org", "evil.example.org"));
  };
  const replace = async (): Promise<void> => {
    await Deno.remove(kept);
    await Deno.symlink(path, kept);
  };
  for (const change of [tamper, replace, () => Deno.remove(kept)]) {
    await change();
    const { status, stderr } = await cli.run(["distro", "show", "mylinux"]);
    equal(status, 1);
    match(
      stderr,
      /Cannot use the distribution "mylinux": .* (was changed since|is not the file|can't be read)/,
    );
    match(
      (await cli.ok("distro update mylinux --yes")).stderr,
      /in use is not the one that was added/,
    );
    await cli.ok("distro show mylinux");
    equal(await Deno.readTextFile(kept), TOML);
  }
});

Deno.test("a registry that can't be read is told, changed by nobody, and leaves the rest working", async () => {
  const broken = [
    "{",
    `{"schema":2,"distros":[]}`,
    `{"schema":1,"distros":[{"name":"x"}]}`,
    JSON.stringify({ schema: 1, distros: [{ ...ENTRY, file: "../../mylinux.toml" }] }),
    JSON.stringify({ schema: 1, distros: [{ ...ENTRY, name: "../x" }] }),
  ];
  for (const text of broken) {
    await using home = await withPlugin(TOML);
    const { cli, path } = home;
    await Deno.mkdir(cli.paths.distros, { recursive: true });
    const registry = join(cli.paths.distros, "registry.json");
    await Deno.writeTextFile(registry, text);
    const listed = await cli.ok("distro ls");
    match(listed.stdout, /^debian/m);
    match(listed.stderr, /^warning: Cannot read the added distributions in .*registry\.json: /);
    const { status, stderr } = await cli.run(["distro", "add", path, "--yes"]);
    equal(status, 4);
    match(stderr, /error: Cannot read the added distributions in/);
    equal(await Deno.readTextFile(registry), text);
    deepEqual(await filesIn(cli.paths.distros), ["registry.json"]);
  }
});

Deno.test("a registry that is a symbolic link is not read", async () => {
  await using home = await withPlugin(
    JSON.stringify({ schema: 1, distros: [ENTRY] }),
    "elsewhere.json",
  );
  const { cli, path } = home;
  await Deno.mkdir(cli.paths.distros, { recursive: true });
  await Deno.symlink(path, join(cli.paths.distros, "registry.json"));
  const { stdout, stderr } = await cli.ok("distro ls");
  doesNotMatch(stdout, /mylinux/);
  match(stderr, /it is a symbolic link/);
});

/** Files that are no plugins, and the words of their refusal. */
const FILES: readonly [name: string, file: string, text: string | Uint8Array, says: RegExp][] = [
  ["of another contract", "x.ts", script(`contract: 2`), /"contract" is 2, and not 1/],
  ["without a default export", "x.ts", "export const a = 1;", /no default export that is a distro/],
  ["whose default export is no object", "x.ts", "export default 7;", /no default export that is/],
  ["without its functions", "x.js", "export default { contract: 1 };", /no function "releases"/],
  ["with wrong syntax", "x.js", "export default {\n a b\n};", /\(x\.js:2\)/],
  ["with wrong syntax in TypeScript", "x.ts", "export default {{", /x\.ts: .*Syntax error/],
  ["with an enum", "x.ts", "\nenum A { B }", /x\.ts:2: TypeScript enum is not supported/],
  ["that is nested without end", "x.ts", "(class{a=".repeat(20_000), /too large for TypeScript/],
  ["with a path for a name", "x.ts", script(`name: "../x"`), /"name" is "\.\.\/x"/],
  [
    "with a terminal escape in its name",
    "x.ts",
    script(`name: "a\\x1b[2J"`),
    /"name" is "a\\u001b\[2J"/,
  ],
  [
    "with a terminal escape in its title",
    "x.ts",
    script(`title: "a\\x1b[2J"`),
    /"title" is "a\\u001b/,
  ],
  [
    "with a bidi override in its title",
    "x.ts",
    script(`title: "a\\u202eb"`),
    /"title" is "a\\u202eb"/,
  ],
  ["with a long name", "x.ts", script(`name: "${"x".repeat(40)}"`), /more than 32 characters/],
  [
    "with a password in its base URL",
    "x.ts",
    script(`baseUrl: "https://a:b@x.example"`),
    /a name or a password/,
  ],
  ["on a file: URL", "x.ts", script(`baseUrl: "file:///etc"`), /"baseUrl" is "file:/],
  ["without https", "x.ts", script(`baseUrl: "http://x.example"`), /is not https/],
  ["on this machine", "x.ts", script(`baseUrl: "http://127.0.0.1:1"`), /Add --allow-loopback/],
  ["with a URL for a host", "x.ts", script(`hosts: ["https://x"]`), /"hosts" 1 is "https:\/\/x"/],
  [
    "that fetches while it is loaded",
    "x.ts",
    `await fetch("https://x");`,
    /fetch.*not defined \(x\.ts:1\)/,
  ],
  ["with an alias bomb", "x.yaml", aliasBomb(), /[Ee]xcessive alias count/],
  ["with a tag of its own", "x.yaml", "contract: !!js/function 'x'", /[Uu]nresolved tag|tag/],
  ["with a key twice", "x.yaml", "contract: 1\ncontract: 1", /Map keys must be unique/],
  ["with wrong types", "x.toml", TOML.replace('"512M"', "512"), /"minimum-memory" is no size/],
  ["with a number for a version", "x.toml", TOML.replace('"2.0"', "2.0"), /write it in quotes/],
  [
    "with an unknown key",
    "x.toml",
    `titel = "x"\n${TOML}`,
    /unknown key "titel". Did you mean title/,
  ],
  [
    "with an unknown placeholder",
    "x.toml",
    TOML.replace("-{arch}", "-{home}"),
    /has {home}, and not one/,
  ],
  [
    "with a file that nothing finds",
    "x.toml",
    TOML.replace("-{arch}", "-{file}"),
    /no "file" to find it by/,
  ],
  ["without checksums", "x.toml", TOML.replace(/checksums.*\n/, ""), /has no "checksums"/],
  [
    "that sets __proto__",
    "x.yaml",
    "__proto__: { contract: 1 }\n",
    /unknown key "__proto__"|no "contract"/,
  ],
  ["that is no text", "x.toml", new Uint8Array([0xff, 0xfe, 0]), /no UTF-8 text/],
  ["that is large", "x.toml", "#".repeat(300_000), /no small file/],
  ["of another kind", "x.sh", "rm -rf /", /name does not tell what it is/],
];

for (const [name, file, text, says] of FILES) {
  Deno.test(`distro add refuses a plugin ${name}`, async () => {
    await using home = await withPlugin(text, file);
    const { cli, path } = home;
    const { status, stdout, stderr } = await cli.run(["distro", "add", path, "--yes"]);
    deepEqual([status, stdout], [1, ""]);
    match(stderr, says);
    match(stderr, /^error: Cannot (read|load|use|add) /);
    // deno-lint-ignore no-control-regex -- they are what must not be there
    doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\u202e]/);
    await rejects(Deno.stat(cli.paths.distros), Deno.errors.NotFound);
  });
}

Deno.test("distro add says what a path, a directory or a URL lacks", async () => {
  await using cli = await Cli.create();
  const cases: [source: string, status: number, says: RegExp][] = [
    ["/nowhere/x.ts", 3, /Cannot find the plugin \/nowhere\/x\.ts/],
    ["/", 1, /it is no small file/],
    ["http://x.example/x.ts", 1, /only https is safe/],
    ["https://a:b@x.example/x.ts", 1, /its URL holds a name or a password/],
    ["file:///etc/passwd", 1, /only https is safe/],
    ["http://127.0.0.1:1/x.ts", 1, /hint: Add --allow-loopback/],
    ["https://x.example/x.ts", 1, /there is no network/],
  ];
  for (const [source, expected, says] of cases) {
    const { status, stderr } = await cli.run(["distro", "add", source, "--yes"]);
    equal(status, expected, stderr);
    match(stderr, says);
    doesNotMatch(stderr, /a:b/);
  }
});

for (const kind of ["ts", "js", "toml", "yaml"] as const) {
  Deno.test(`distro init --format ${kind} writes a plugin that passes its check offline`, async () => {
    await using cli = await Cli.create();
    const { initDistro } = await import("../../plugins/scaffold.ts");
    const directory = join(cli.home, "work");
    await Deno.mkdir(directory, { recursive: true });
    const { plugin, fixtures, types } = await initDistro({ name: "my-linux", kind, directory });
    equal(types !== undefined, kind === "ts" || kind === "js");
    const checked = await cli.ok(`distro check ${plugin} --fixtures ${fixtures}`);
    match(checked.stdout, /^\[ {2}ok\] {2}image 1\.0 arm64: https:\/\/images\.example\.org\//m);
    match(checked.stdout, /my-linux: all of \d+ checks passed\n$/);
    await rejects(initDistro({ name: "my-linux", kind, directory }), /is there already/);
    // Without the recorded answers there is no network to ask.
    const offline = await cli.run(["distro", "check", plugin]);
    equal(offline.status, 1);
    match(offline.stdout, /^\[fail\] {2}image 2\.0 amd64: .*there is no network/m);
  });
}

Deno.test("the whole plugins of docs/plugins.md pass their check", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/plugins.md", import.meta.url));
  const blocks = [...page.matchAll(/^```(ts|toml)\n(.*?)^```$/gms)]
    .filter(([, , text = ""]) => /^export default|^contract = 1/m.test(text));
  deepEqual(blocks.map(([, kind]) => kind), ["ts", "toml"]);
  await using cli = await Cli.create();
  const { initDistro } = await import("../../plugins/scaffold.ts");
  const directory = join(cli.home, "work");
  await Deno.mkdir(directory, { recursive: true });
  const { fixtures } = await initDistro({ name: "mylinux", kind: "yaml", directory });
  for (const [, kind, text = ""] of blocks) {
    const path = join(directory, `mylinux.${kind}`);
    await Deno.writeTextFile(path, text);
    const { stdout } = await cli.ok(`distro check ${path} --fixtures ${fixtures}`);
    match(stdout, /all of \d+ checks passed/);
  }
});

Deno.test("distro init refuses a name that images could not have", async () => {
  await using cli = await Cli.create();
  for (const name of ["../x", "X", "1st", "a b", "-x"]) {
    equal((await cli.run(["distro", "init", "--", name])).status, 2);
  }
});

Deno.test("built-in distros are neither removed nor updated", async () => {
  await using cli = await Cli.create();
  for (const verb of ["remove", "update"]) {
    const { status, stderr } = await cli.run(["distro", verb, "debian", "--yes"]);
    equal(status, 2);
    match(stderr, /Cannot change "debian": Debian is built in/);
  }
});

const ENTRY = {
  name: "mylinux",
  title: "Mylinux",
  baseUrl: "https://images.example.org/mylinux",
  hosts: [],
  guest: { minimumMemory: 1 },
  source: "/mylinux.toml",
  digest: "ab".repeat(32),
  file: "mylinux-abababab.toml",
  allowLoopback: false,
  added: "2026-01-02T03:04:05.000Z",
};

/** A plugin with some of its members changed. */
function script(changes: string): string {
  return `export default { contract: 1, name: "x", title: "X", baseUrl: "https://x.example", hosts: [], ` +
    `guest: { minimumMemory: 1 }, async releases() { return []; }, async image() {}, ${changes} };`;
}

function aliasBomb(): string {
  const line = (name: string, of: string): string =>
    `${name}: &${name} [${Array(9).fill(`*${of}`)}]\n`;
  const names = "abcdefghi".split("");
  return "a: &a [x]\n" +
    names.slice(1).map((name, index) => line(name, names[index] ?? "")).join("");
}
