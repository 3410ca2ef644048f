/**
 * The line of docs/install.md in a clean environment: a plain user with an empty home and the tools of a small system
 * has the program that was published, and upgrades it. With CUBIC_TEST_PROGRAM it is the compiled one, else a stand-in.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { sha256 } from "../../scripts/sha256sums.ts";
import { INSTALL_SCRIPT, makePlace, type Place, SYSTEM } from "../support/install_place.ts";
import { testProgram } from "../support/program.ts";
import { type Content, standIn } from "../support/release_server.ts";

const PROGRAM = `download/v1.2.3/cubic-1.2.3-${SYSTEM}`;

interface Published {
  readonly content: Content;
  /** SHA-256. */
  readonly digest: string;
  readonly isCompiled: boolean;
}

async function published(): Promise<Published> {
  const { words: [path = "", ...more] } = await testProgram();
  const isCompiled = more.length === 0;
  const content = isCompiled ? await Deno.readFile(path) : standIn("1.2.3");
  return { content, isCompiled, digest: createHash("sha256").update(content).digest("hex") };
}

/** As the release workflow publishes it: it knows its own address. */
async function publish({ server }: Place, content: Content): Promise<string> {
  server.publish("1.2.3", { [SYSTEM]: content });
  const script = await Deno.readTextFile(INSTALL_SCRIPT);
  server.files.set("latest/download/install.sh", script.replace("@RELEASES@", server.url));
  return `${server.url}/latest/download/install.sh`;
}

const CLEAN = [
  { name: "the system's sh and curl", busybox: false, tool: "curl", fetch: "curl -fsSL" },
  { name: "the system's sh and wget", busybox: false, tool: "wget", fetch: "wget -qO-" },
  { name: "BusyBox alone", busybox: true, tool: "wget", fetch: "wget -qO-" },
];

for (const { name, busybox, tool, fetch } of CLEAN) {
  Deno.test(`a plain user installs by one line with ${name}, and a tampered program is refused`, async () => {
    const { content, digest } = await published();
    await using here = await makePlace([tool, "sha256sum"], { busybox, plainUser: true });
    const line = `${fetch} ${await publish(here, content)} | sh`;
    const tampered = typeof content === "string"
      ? `${content}#`
      : content.with(-1, content.at(-1)! ^ 1);
    here.server.files.set(PROGRAM, tampered);
    const refused = await here.shell(line);
    match(refused.stderr, /refused cubic-1\.2\.3-.*: its SHA-256 is not the published one/);
    deepEqual(await here.left(), []);

    here.server.files.set(PROGRAM, content);
    const installed = await here.shell(line);
    equal(installed.code, 0, installed.stderr);
    const bin = join(here.home, ".local/bin");
    equal(await sha256(join(bin, "cubic")), digest);
    const version = await here.shell(`cd; PATH="$PATH:${bin}"; cubic --version`);
    match(version.stdout, /^cubic \d+\.\d+\.\d+/);
    const receipt = await Deno.stat(join(here.home, ".local/share/cubic/install-receipt"));
    equal(receipt.uid, (await Deno.stat(here.home)).uid);
    equal((await here.left()).length, 2);

    here.server.files.set(PROGRAM, tampered);
    equal((await here.shell(line)).code, 1);
    equal(await sha256(join(bin, "cubic")), digest);
  });
}

Deno.test("an installed program upgrades itself when it is told to, and refuses a tampered one", async () => {
  const { content, digest, isCompiled } = await published();
  await using here = await makePlace(["curl", "sha256sum"], { plainUser: true });
  equal((await here.shell(`curl -fsSL ${await publish(here, content)} | sh`)).code, 0);
  const program = join(here.home, ".local/bin/cubic");
  const cubic = (words: string) => here.shell(`exec "$HOME/.local/bin/cubic" ${words}`);
  here.server.publish("9.9.9", { [SYSTEM]: standIn("9.9.9") });
  const next = `download/v9.9.9/cubic-9.9.9-${SYSTEM}`;
  if (!isCompiled) {
    // A stand-in upgrades nothing, and says its version to whatever it is asked.
    equal((await cubic("upgrade")).stdout, "cubic 1.2.3\n");
    return;
  }
  const checked = JSON.parse((await cubic("upgrade --check --json")).stdout);
  deepEqual([checked.available, checked.upgraded, checked.target], [true, false, "9.9.9"]);
  here.server.files.set(next, standIn("6.6.6"));
  const refused = await cubic("upgrade");
  equal(refused.code, 1);
  match(refused.stderr, /Refused cubic-9\.9\.9-/);
  equal(await sha256(program), digest);

  here.server.files.set(next, standIn("9.9.9"));
  const upgraded = await cubic("upgrade");
  equal(upgraded.code, 0, upgraded.stderr);
  equal((await cubic("--version")).stdout, "cubic 9.9.9\n");
  deepEqual(await here.left(), [
    "a home/.local/bin/cubic",
    "a home/.local/share/cubic/install-receipt",
  ]);
});
