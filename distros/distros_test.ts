/** What all built-in distros have to show; what is special about one is in a test of its own. */
import assert from "node:assert/strict";
import { checkDistro } from "../plugins/conformance.ts";
import { vendorContext } from "../tests/support/vendor.ts";
import { builtIn } from "./mod.ts";

for (const distro of builtIn) {
  Deno.test(`${distro.name} does what the contract asks, for each release and architecture`, async () => {
    const { ok, checks } = await checkDistro(distro, vendorContext(distro));
    const failed = checks.filter((check) => !check.ok);
    assert.deepEqual(failed.map(({ name, detail }) => `${name}: ${detail}`), []);
    assert.equal(ok, true);
  });
}

Deno.test("every built-in distro has its own names, and one stable release", async () => {
  const names = builtIn.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const distro of builtIn) {
    const releases = await distro.releases(vendorContext(distro));
    const stable = releases.filter(({ tags }) => tags?.includes("stable"));
    assert.equal(stable.length, 1, distro.name);
    assert.equal(releases.filter(({ tags }) => tags?.includes("latest")).length, 1, distro.name);
  }
});

Deno.test("a vendor who answers nothing is told, and never an image without a digest", async () => {
  for (const distro of builtIn) {
    const fetchText = (): Promise<string> => Promise.reject(new Error("offline"));
    const ctx = { baseUrl: distro.baseUrl, fetchText };
    const release = { version: "1", codename: "one", arches: ["amd64"] } as const;
    await assert.rejects(distro.image(ctx, { release, arch: "amd64" }), Error, distro.name);
  }
});

Deno.test("a page that is no index gives no image", async () => {
  for (const distro of builtIn) {
    const releases = await distro.releases(vendorContext(distro));
    const fetchText = (): Promise<string> => Promise.resolve("<html><h1>Sign in</h1></html>");
    for (const release of releases) {
      const asked = distro.image({ baseUrl: distro.baseUrl, fetchText }, {
        release,
        arch: "amd64",
      });
      await assert.rejects(asked, Error, `${distro.name} ${release.version}`);
    }
  }
});
