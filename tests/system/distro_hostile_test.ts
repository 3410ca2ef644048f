/** Plugins that mean harm: each is refused with words that say why, and nothing happens. */
import { deepEqual, doesNotMatch, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { KnownDistro } from "../../core/app.ts";
import { isCubicError } from "../../core/errors.ts";
import { distroContext } from "../../core/images/resolve.ts";
import { bindPlugin, pluginFile } from "../../plugins/load.ts";
import { SANDBOX_LIMITS } from "../../plugins/sandbox/limits.ts";
import { openScript } from "../../plugins/sandbox/plugin.ts";
import { firstLine, startScript } from "../support/child.ts";
import { testApp } from "../support/images.ts";

const LIMITS = { ...SANDBOX_LIMITS, cpuMs: 1500, wallMs: 8000, fetchedLength: 8e6 };
const CANARY = "the canary sings";
const RELEASE = { version: "1", arches: ["amd64"] } as const;

/** One attempt: TypeScript of a function body, and the words of the refusal. */
interface Attempt {
  readonly name: string;
  /** The body of `releases(ctx)`; CANARY_FILE and OTHER stand for real ones. */
  readonly body: string;
  readonly says: RegExp;
  /** Code before the default export. */
  readonly before?: string;
}

const ESCAPES: readonly Attempt[] = [
  {
    name: "imports a file as text",
    body: `return (await import("file://CANARY_FILE", { with: { type: "text" } })).default`,
    says: /cannot import "file:\/\/.*a plugin may import "cubic:kit" and nothing else/,
  },
  {
    name: "imports a file by its path",
    body: `return (await import("CANARY_FILE")).default`,
    says: /cannot import/,
  },
  {
    name: "imports a file through the kit",
    body: `return (await import("cubic:kit/../../canary")).default`,
    says: /cannot import/,
  },
  {
    name: "imports node:fs",
    body: `return (await import("node:fs")).readFileSync("CANARY_FILE", "utf8")`,
    says: /cannot import "node:fs"/,
  },
  {
    name: "imports from the network",
    body: `return (await import("OTHER/x.js")).default`,
    says: /cannot import/,
  },
  {
    name: "imports data:",
    body: `return (await import("data:text/javascript,export default 1")).default`,
    says: /cannot import "data:/,
  },
  {
    name: "reads a file with Deno",
    body: `return Deno.readTextFileSync("CANARY_FILE")`,
    says: /Deno.*not defined \(evil\.ts:5\)/,
  },
  {
    name: "reads a file with QuickJS's own modules",
    body: `return (await import("std")).loadFile("CANARY_FILE")`,
    says: /cannot import "std"/,
  },
  {
    name: "reads the environment",
    body: `return process.env`,
    says: /process.*not defined/,
  },
  {
    name: "kills the process",
    body: `return Deno.kill(Deno.pid)`,
    says: /Deno.*not defined/,
  },
  {
    name: "fetches by itself",
    body: `return await fetch("OTHER/x")`,
    says: /fetch.*not defined/,
  },
  {
    name: "loads WebAssembly",
    body: `return new WebAssembly.Module(new Uint8Array())`,
    says: /WebAssembly.*not defined/,
  },
  {
    name: "looks for the host with the function constructor",
    body:
      `return (() => {}).constructor("return typeof Deno + typeof process + typeof postMessage")()`,
    says: /the answer of releases\(\) is no list/,
  },
  {
    name: "climbs from fetchText to the host",
    body: `return ctx.fetchText.constructor("return typeof Deno")()`,
    says: /no list/,
  },
  { name: "loops without end", body: `for (;;);`, says: /computes for more than 1\.5 s/ },
  {
    name: "backtracks without end",
    body: `return /(a+)+$/.test("a".repeat(50) + "b")`,
    says: /computes for more than 1\.5 s/,
  },
  {
    name: "chains promises without end",
    body: `for (;;) await null`,
    says: /computes for more than 1\.5 s/,
  },
  {
    name: "loops while it is loaded",
    before: "for (;;);",
    body: "return []",
    says: /computes for more than 1\.5 s/,
  },
  {
    name: "swallows the interrupt",
    body: `for (;;) { try { for (;;); } catch {} }`,
    says: /computes for more than 1\.5 s/,
  },
  {
    name: "never resolves",
    body: `await new Promise(() => {})`,
    says: /waits for something that never comes/,
  },
  {
    name: "is thenable without end",
    body: `return { then() {} }`,
    says: /waits for something that never comes/,
  },
  {
    name: "takes all memory with text",
    body: `const all = []; for (;;) all.push("x".repeat(1e6) + all.length)`,
    says: /needs more than 64 M of memory|computes for more/,
  },
  {
    name: "takes more memory than it may at once",
    body: `return [new Uint8Array(65e6).length]`,
    says: /needs more than 64 M of memory/,
  },
  {
    name: "takes all memory with bytes",
    body: `const all = []; for (;;) all.push(new Uint8Array(1e6))`,
    says: /needs more than 64 M of memory/,
  },
  {
    name: "doubles a text",
    body: `let text = "x"; for (;;) text += text`,
    says: /string too long|memory/,
  },
  {
    name: "calls itself without end",
    body: `const f = () => f(); f()`,
    says: /calls itself too deeply/,
  },
  {
    name: "nests JSON deeply",
    body: `return JSON.parse("[".repeat(1e6))`,
    says: /calls itself too deeply/,
  },
  {
    name: "answers too much",
    body: `return "x".repeat(2_000_000)`,
    says: /answer is longer than 1 M/,
  },
  {
    name: "throws too much",
    body: `throw new Error("x".repeat(1_500_000))`,
    says: /answer is longer than 1 M/,
  },
  {
    name: "throws terminal escapes",
    body: `throw new Error("a\\x1b[2J\\x07\\u202eb\\nc")`,
    says: /: a\[2Jb c \(evil\.ts:5\)$/,
  },
  {
    name: "throws what throws when it is shown",
    body: `throw { get message() { throw 1; } }`,
    says: /threw something that cannot be shown/,
  },
  {
    name: "throws a proxy",
    body: `throw new Proxy({}, { get() { throw 1; }, has() { throw 1; } })`,
    says: /threw something that cannot be shown/,
  },
  {
    name: "answers with a getter that throws",
    body: `return [{ get version() { throw new Error("gotcha"); } }]`,
    says: /gotcha/,
  },
  {
    name: "answers with a proxy for a list",
    body: `return new Proxy([], { get(_, key) { return key === "length" ? 2 ** 40 : 1; } })`,
    says: /no list|memory|longer|computes|deeply|invalid/,
  },
  {
    name: "answers in a circle",
    body: `const all = []; all.push(all); return all`,
    says: /circular/,
  },
  {
    name: "makes everything turn itself into something else",
    before: `Object.prototype.toJSON = () => "bad"; JSON.stringify = () => "[]";`,
    body: "return []",
    says: /no list/,
  },
  {
    name: "fetches from a host it has not declared",
    body: `return await ctx.fetchText("OTHER/x")`,
    says: /none of the hosts/,
  },
  {
    name: "fetches where its host redirects to another",
    body: `return await ctx.fetchText(ctx.baseUrl + "/elsewhere")`,
    says: /none of the hosts/,
  },
  {
    name: "fetches where its host redirects to a private address it has declared",
    body: `return await ctx.fetchText(ctx.baseUrl + "/inside")`,
    says: /private network/,
  },
  {
    name: "fetches from a private address it has declared",
    body: `return await ctx.fetchText("https://10.1.2.3/x")`,
    says: /private network/,
  },
  {
    name: "fetches without https from elsewhere",
    body: `return await ctx.fetchText("http://10.1.2.3/x")`,
    says: /only https is safe/,
  },
  {
    name: "fetches a file",
    body: `return await ctx.fetchText("file://CANARY_FILE")`,
    says: /none of the hosts/,
  },
  {
    name: "fetches data:",
    body: `return await ctx.fetchText("data:,x")`,
    says: /none of the hosts/,
  },
  {
    name: "fetches with a password in the URL",
    body: `return await ctx.fetchText(ctx.baseUrl.replace("//", "//a:b@") + "/x")`,
    says: /holds a name or a password/,
  },
  {
    name: "fetches what is no text",
    body: `return await ctx.fetchText({ toString: () => "OTHER/x" })`,
    says: /fetchText takes one URL/,
  },
  {
    name: "fetches too often",
    body: `for (let n = 0; n < 65; n++) await ctx.fetchText(ctx.baseUrl + "/ok?" + n)`,
    says: /fetches more than 64 texts/,
  },
  {
    name: "fetches too much",
    body: `for (let n = 0; n < 9; n++) await ctx.fetchText(ctx.baseUrl + "/large?" + n)`,
    says: /what it fetches is too much/,
  },
];

for (const attempt of ESCAPES) {
  Deno.test(`a plugin that ${attempt.name} is refused`, async () => {
    await using app = await testApp();
    await using server = serve();
    const canary = join(app.dir, "canary");
    await Deno.writeTextFile(canary, CANARY);
    const code = (text: string): string =>
      text.replaceAll("CANARY_FILE", canary).replaceAll("OTHER", server.other);
    const distro = hostile(
      `${code(attempt.before ?? "")}\n\nexport default {\n${FACTS}\n` +
        `async releases(ctx) { ${code(attempt.body)} }, async image() {} };\n`,
      server.url,
    );
    const ctx = distroContext(app, distro, new AbortController().signal);
    const error = await refusal(() => distro.releases(ctx));
    match(error.message, attempt.says);
    doesNotMatch(error.message, new RegExp(CANARY));
    equal(error.message.length < 600, true);
    deepEqual(server.strayed, []);
    equal(await Deno.readTextFile(canary), CANARY);
    // The next one finds everything as it was.
    deepEqual(await harmless(server.url).releases(ctx), [RELEASE]);
  });
}

const LONG = `"${"x".repeat(70)}"`;
const SUM = `{ algorithm: "sha256", digest: "${"ab".repeat(32)}" }`;
const image = (changes: string): string =>
  `({ url: "https://x.example/a.qcow2", format: "qcow2", checksum: ${SUM}, ${changes} })`;

/** What is answered, and the words of the refusal. */
const ANSWERS: readonly [question: "releases" | "image", answer: string, says: RegExp][] = [
  ["releases", `[{ version: "../../etc", arches: ["amd64"] }]`, /"version" is "\.\.\/\.\.\/etc"/],
  ["releases", `[{ version: "a..b", arches: ["amd64"] }]`, /which has "\.\." in it/],
  ["releases", `[{ version: "1/2", arches: ["amd64"] }]`, /"version" is "1\/2"/],
  ["releases", `[{ version: "1\\x1b[2J", arches: ["amd64"] }]`, /"version" is "1\\u001b\[2J"/],
  ["releases", `[{ version: "1\\u202e2", arches: ["amd64"] }]`, /"version" is "1\\u202e2"/],
  ["releases", `[{ version: ${LONG}, arches: ["amd64"] }]`, /more than 64 characters/],
  ["releases", `[{ version: 1, arches: ["amd64"] }]`, /"version" is no text/],
  ["releases", `[{ version: "amd64", arches: ["amd64"] }]`, /stands for an architecture/],
  ["releases", `[{ version: "1", codename: "a/b", arches: ["amd64"] }]`, /"codename" is "a\/b"/],
  ["releases", `[{ version: "1", tags: ["a\\nb"], arches: ["amd64"] }]`, /"tags" 1 is "a\\nb"/],
  ["releases", `[{ version: "1", arches: ["mips"] }]`, /"arches" 1 is "mips"/],
  ["releases", `[{ version: "1", endOfLife: "2026-02-30", arches: ["amd64"] }]`, /no day/],
  ["releases", `JSON.parse('[{ "__proto__": { "version": "1" } }]')`, /has no "version"/],
  ["releases", `[{ constructor: { name: "x" } }]`, /has no "version"/],
  ["releases", `new Array(2000).fill({ version: "1", arches: ["amd64"] })`, /more than 1000/],
  ["releases", "null", /is no list/],
  ["releases", "undefined", /its answer is no data/],
  ["image", "null", /the image is no object/],
  ["image", `({ url: "https://x.example/a", format: "qcow2" })`, /has no "checksum"/],
  ["image", image(`checksum: { algorithm: "sha256", digest: "ab" }`), /the 64 lower-case/],
  [
    "image",
    image(`checksum: { algorithm: "sha256", digest: "${"AB".repeat(32)}" }`),
    /the 64 lower-case/,
  ],
  [
    "image",
    image(`checksum: { algorithm: "md5", digest: "${"ab".repeat(16)}" }`),
    /not sha256 or sha512/,
  ],
  ["image", image(`url: "https://a:b@x.example/a.qcow2"`), /a name or a password/],
  ["image", image(`url: "file:///etc/passwd"`), /"url" is "file:\/\/\/etc\/passwd"/],
  ["image", image(`url: "data:,x"`), /"url" is "data:,x"/],
  ["image", image(`url: "https://x.example/../a"`), /not the plain path/],
  ["image", image(`url: "https://x.example/\\x1b[2J"`), /"url" is/],
  ["image", image(`format: "iso"`), /"format" is "iso"/],
  ["image", image(`signature: { signs: "image", keys: [] }`), /"keys" is empty/],
];

for (const [question, answer, says] of ANSWERS) {
  Deno.test(`an answer to ${question} is refused: ${answer.slice(0, 90)}`, async () => {
    const call = question === "image"
      ? `async releases() { return [] }, async image() { return ${answer} }`
      : `async releases() { return ${answer} }, async image() {}`;
    const distro = hostile(`export default {\n${FACTS}\n${call} };`, "https://x.example");
    const ctx = { baseUrl: distro.baseUrl, fetchText: () => Promise.reject(new Error("offline")) };
    const error = await refusal(() =>
      question === "image"
        ? distro.image(ctx, { release: RELEASE, arch: "amd64" })
        : distro.releases(ctx)
    );
    match(error.message, says);
    equal(({} as Record<string, unknown>)["version"], undefined);
    // deno-lint-ignore no-control-regex -- they are what must not be there
    doesNotMatch(error.message, /[\x00-\x1f\x7f\u202e]/);
  });
}

Deno.test("image requests of a plugin are held to its hosts by core as well", async () => {
  const { resolveRemote } = await import("../../core/images/resolve.ts");
  await using app = await testApp();
  const url = "https://elsewhere.example/a.qcow2";
  const code = `export default {\n${FACTS}\nasync releases() { return [] }, ` +
    `async image() { return ${image(`url: "${url}"`)} } };`;
  const distro = hostile(code, "https://x.example");
  const target = { distro, release: RELEASE, arch: "amd64", id: "evil:1:amd64" } as const;
  await rejects(resolveRemote(app, target, new AbortController().signal), /none of the hosts/);
});

Deno.test("a plugin that loops where QuickJS does not look is left behind, and ends with the program", async () => {
  // In a process of its own: the thread that it is in can't be stopped before.
  await using child = startScript(`
    import { openScript } from "/plugins/sandbox/plugin.ts";
    import { SANDBOX_LIMITS } from "/plugins/sandbox/limits.ts";
    const text = "export default { releases: () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) }";
    const plugin = openScript({ name: "evil.js", kind: "js", text }, { ...SANDBOX_LIMITS, cpuMs: 1000 });
    const ctx = { baseUrl: "", fetchText: () => Promise.reject(new Error()) };
    try {
      await plugin.releases(ctx);
    } catch (error) {
      console.log(error.message);
    }
    Deno.exit(0);`);
  match(await firstLine(child), /evil\.js: it computes for more than 1 s/);
  equal((await child.process.status).code, 0);
});

Deno.test("a Deno worker without permissions reads files, so plugins run in QuickJS", async () => {
  await using app = await testApp();
  const at = (name: string): string => join(app.dir, name);
  await Deno.writeTextFile(at("canary"), CANARY);
  await Deno.writeTextFile(
    at("worker.js"),
    `const { default: text } = await import(${JSON.stringify(`file://${at("canary")}`)}, ` +
      `{ with: { type: "text" } });\npostMessage(text);`,
  );
  await Deno.writeTextFile(
    at("main.js"),
    `const options = { type: "module", deno: { permissions: "none" } };\n` +
      `const worker = new Worker(import.meta.resolve("./worker.js"), options);\n` +
      `worker.onmessage = ({ data }) => { console.log(data); worker.terminate(); };`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "-A", "--unstable-worker-options", at("main.js")],
  }).output();
  equal(new TextDecoder().decode(stdout).trim(), CANARY);
});

const FACTS =
  `contract: 1, name: "evil", title: "Evil", baseUrl: "https://x.example", hosts: [], ` +
  `guest: { minimumMemory: 1 },`;

/** A distro of that TypeScript, as if the user had added it and allowed loopback. */
function hostile(code: string, baseUrl: string): KnownDistro {
  const file = pluginFile("evil.ts", new TextEncoder().encode(code));
  const facts = {
    contract: 1,
    name: "evil",
    title: "Evil",
    baseUrl,
    hosts: ["10.1.2.3"],
    guest: { minimumMemory: 1 },
  } as const;
  const open = () => Promise.resolve({ file, plugin: openScript(file, LIMITS) });
  const added = { source: "/evil.ts", digest: "ab".repeat(32), allowLoopback: true };
  return { ...bindPlugin(facts, open), added };
}

function harmless(baseUrl: string): KnownDistro {
  const body = `async releases() { return [${JSON.stringify(RELEASE)}] }, async image() {}`;
  return hostile(`export default {\n${FACTS}\n${body} };`, baseUrl);
}

/** The error of ours that a call ends with. */
async function refusal(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    if (isCubicError(error, "plugin-failed") || isCubicError(error, "network")) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

interface HostileServer extends AsyncDisposable {
  /** The declared host. */
  readonly url: string;
  /** Another host. */
  readonly other: string;
  /** What was asked of the other one. */
  readonly strayed: readonly string[];
}

function serve(): HostileServer {
  const strayed: string[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const other = Deno.serve(options, (request) => {
    strayed.push(request.url);
    return new Response("secret");
  });
  const otherUrl = `http://127.0.0.1:${other.addr.port}`;
  const large = "x".repeat(4 * 1024 * 1024);
  const own = Deno.serve(options, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/elsewhere") return Response.redirect(`${otherUrl}/x`);
    if (pathname === "/inside") return Response.redirect("https://10.1.2.3/x");
    return new Response(pathname === "/large" ? large : "ok");
  });
  return {
    url: `http://127.0.0.1:${own.addr.port}`,
    other: otherUrl,
    strayed,
    async [Symbol.asyncDispose]() {
      await Promise.all([own.shutdown(), other.shutdown()]);
    },
  };
}
