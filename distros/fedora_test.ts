import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { fedora } from "./fedora.ts";

const BASE = "https://dl.fedoraproject.org/pub/fedora/linux/releases";
const INDEX = "https://fedoraproject.org/releases.json";

Deno.test("Fedora's image is the Generic one of the master, with its clear-signed list", async () => {
  const directory = `${BASE}/44/Cloud/x86_64/images`;
  assert.deepEqual(await vendorImage(fedora, "stable"), {
    url: `${directory}/Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2`,
    format: "qcow2",
    checksum: {
      algorithm: "sha256",
      digest: "28680fe5b371a5a82ebf43a31926e086a168e59949d03969c5093e7071f90b7f",
    },
    build: "44-1.7",
    signature: {
      signs: "checksums",
      list: `${directory}/Fedora-Cloud-44-1.7-x86_64-CHECKSUM`,
      keys: [{
        fingerprint: "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6",
        url: "https://fedoraproject.org/fedora.gpg",
      }],
    },
  });
});

Deno.test("Fedora's releases are those of the index, without betas and other architectures", async () => {
  const ctx = vendorContext(fedora);
  const arches = ["amd64", "arm64"];
  assert.deepEqual(await fedora.releases(ctx), [
    { version: "44", tags: ["stable", "latest"], arches, endOfLife: "2027-06-02" },
    { version: "43", arches, endOfLife: "2026-12-09" },
  ]);
  assert.deepEqual(ctx.asked, [INDEX]);
});

Deno.test("a new Fedora is offered once it is released and its key is known", async () => {
  const index = ["46", "47", "45", "44 Beta", "(", "constructor"].map((version) => ({
    version,
    arch: "x86_64",
    link: `https://x.example/Fedora-Cloud-Base-Generic-${version}-1.1.x86_64.qcow2`,
  }));
  const fetchText = (): Promise<string> => Promise.resolve(JSON.stringify(index));
  const releases = await fedora.releases({ baseUrl: BASE, fetchText });
  assert.deepEqual(releases, [
    { version: "46", arches: ["amd64"], tags: ["stable", "latest"] },
    { version: "45", arches: ["amd64"] },
  ]);
});

Deno.test("a mirror of Fedora is asked itself, and nobody else", async () => {
  const mirror = "https://mirror.example.com/fedora";
  const ctx = vendorContext(fedora, { mirror });
  const releases = await fedora.releases(ctx);
  assert.deepEqual(releases.map(({ version }) => version), ["44", "43", "42"]);
  const { url } = await vendorImage(fedora, "43", "arm64", ctx);
  const file = "Fedora-Cloud-Base-Generic-43-1.6.aarch64.qcow2";
  assert.equal(url, `${mirror}/43/Cloud/aarch64/images/${file}`);
  for (const asked of ctx.asked) assert(asked.startsWith(`${mirror}/`), asked);
});

Deno.test("without its index Fedora is found in the directories", async () => {
  const ctx = vendorContext(fedora, { missing: [INDEX] });
  assert.equal((await vendorImage(fedora, "latest", "amd64", ctx)).build, "44-1.7");
});

Deno.test("an index of Fedora that is no JSON is told", async () => {
  const fetchText = (): Promise<string> => Promise.resolve("<html>");
  await assert.rejects(fedora.releases({ baseUrl: BASE, fetchText }), /releases\.json is no JSON/);
});
