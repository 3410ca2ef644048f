import assert from "node:assert/strict";
import { join } from "node:path";
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import type { Distro, Release } from "../../plugins/contract.ts";
import { allReleases, knownReleases, releasesOf } from "./releases.ts";
import { builtInForTests, recorded, testApp } from "../../tests/support/images.ts";

const DAY = 24 * 3_600_000;
const RELEASE: Release = { version: "1", arches: ["amd64"] };

/** A distro that counts how often it was asked; `answer` can be replaced. */
function vendor(name = "debian"): Distro & { asked: number; answer: () => Promise<Release[]> } {
  const distro = {
    ...builtInForTests[0]!,
    name,
    asked: 0,
    answer: () => Promise.resolve([RELEASE]),
    releases(): Promise<Release[]> {
      distro.asked++;
      return distro.answer();
    },
  };
  return distro;
}

function at(app: App, ms: number): App {
  return { ...app, host: { ...app.host, now: () => ms } };
}

Deno.test("a vendor is asked once a day, and at once when told to", async () => {
  await using app = await testApp();
  const distro = vendor();
  const versions = async (now: number, maxAgeMs?: number): Promise<string[]> => {
    const options = maxAgeMs === undefined ? {} : { maxAgeMs };
    const { releases } = await releasesOf(at(app, now), distro, recorded(), options);
    return releases.map(({ version }) => version);
  };
  assert.deepEqual(await versions(5 * DAY), ["1"]);
  assert.deepEqual(await versions(6 * DAY - 1), ["1"]);
  assert.equal(distro.asked, 1);
  await versions(6 * DAY);
  assert.equal(distro.asked, 2);
  await versions(6 * DAY + 1, 0);
  assert.equal(distro.asked, 3);
  // The clock went back: the list is from the future.
  await versions(DAY);
  assert.equal(distro.asked, 4);
});

Deno.test("what is known is used when the vendor can't be asked, however old, with a warning", async () => {
  await using app = await testApp();
  const distro = vendor();
  await releasesOf(at(app, DAY), distro, recorded());
  distro.answer = () => Promise.reject(new CubicError("network", "Cannot reach it"));
  const operation = recorded();
  const releases = await knownReleases(at(app, 90 * DAY), distro, operation);
  assert.deepEqual(releases, [RELEASE]);
  assert.match(JSON.stringify(operation.events), /Cannot reach it; using .* known on 1970-01-02/);
  // The failure did not replace the list.
  distro.answer = () => Promise.resolve([{ ...RELEASE, version: "2" }]);
  assert.equal((await knownReleases(at(app, 91 * DAY), distro, recorded()))[0]?.version, "2");
});

Deno.test("nothing known and nobody to ask is an error", async () => {
  await using app = await testApp();
  const distro = vendor();
  distro.answer = () => Promise.reject(new Error("no such luck"));
  await assert.rejects(knownReleases(app, distro, recorded()), /Cannot list .* no such luck/);
});

Deno.test("a mirror has its own list, and so has a changed plugin", async () => {
  await using app = await testApp();
  const distro = vendor();
  await releasesOf(app, distro, recorded());
  const mirrored = { ...app, config: { ...app.config, mirror: { debian: "https://m.invalid" } } };
  await releasesOf(mirrored, distro, recorded());
  assert.equal(distro.asked, 2);
  const added = { ...distro, added: { source: "x", digest: "abc", allowLoopback: false } };
  const { releases } = await releasesOf(mirrored, added, recorded());
  assert.equal(releases.length, 1);
  assert.equal(distro.asked, 3);
});

Deno.test("a damaged list is asked for again", async () => {
  await using app = await testApp();
  const distro = vendor();
  await releasesOf(app, distro, recorded());
  const path = join(app.paths.cache, "releases", "debian.json");
  const good = await Deno.readTextFile(path);
  for (const text of ["", "{", "null", "[]", good.replace('"arches"', '"no"'), good.slice(0, -9)]) {
    await Deno.writeTextFile(path, text);
    const before = distro.asked;
    assert.deepEqual((await releasesOf(app, distro, recorded())).releases, [RELEASE]);
    assert.equal(distro.asked, before + 1, text);
  }
});

Deno.test("all vendors are asked at once, and one that hangs costs only its own list", async () => {
  const distros = ["a", "b", "c", "d"].map(vendor);
  let waiting = 0;
  let most = 0;
  for (const distro of distros) {
    distro.answer = async () => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setTimeout(resolve, 20));
      waiting--;
      return [RELEASE];
    };
  }
  distros[1]!.answer = () => new Promise(() => {});
  await using app = await testApp({ distros });
  const lists = await allReleases(app, recorded(), { deadlineMs: 100 });
  assert.equal(most, 3);
  assert.deepEqual(lists.map(({ releases }) => releases.length), [1, 0, 1, 1]);
  assert(isCubicError(lists[1]!.failure, "network"));
});

Deno.test("Ctrl-C ends the asking", async () => {
  await using app = await testApp();
  const distro = vendor();
  distro.answer = () => Promise.reject(new Error("aborted"));
  const stopped = recorded(AbortSignal.abort());
  await assert.rejects(
    releasesOf(app, distro, stopped),
    (error) => isCubicError(error, "interrupted"),
  );
});
