/**
 * A distribution of the user's own, from its plugin file to a booted guest: added, listed, used, updated and removed.
 * Its vendor is on loopback, and its image is the one that `cubic image build` makes.
 */
import { equal, match } from "node:assert/strict";
import { basename, join } from "node:path";
import { realHost } from "../../core/host.ts";
import { digestFile } from "../../core/images/digest.ts";
import { guestImage } from "../support/image.ts";
import { makeSandbox } from "../support/sandbox.ts";

const { arch } = realHost();

/** The plugin's text; `tag` is what an update changes. */
function plugin(base: string, tag: string): string {
  return `import { checksumOf } from "cubic:kit";
import type { Distro } from "cubic:contract";

export default {
  contract: 1,
  name: "homebrew",
  title: "Home-brewed Linux",
  baseUrl: "${base}",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 * 1024 },
  releases: async () => [{ version: "1.0", tags: ["stable", "${tag}"], arches: ["${arch}"] }],
  async image(ctx, { release, arch }) {
    const file = "homebrew-" + release.version + "-" + arch + ".qcow2";
    const checksum = checksumOf(await ctx.fetchText(ctx.baseUrl + "/SHA256SUMS"), file);
    return { url: ctx.baseUrl + "/" + file, format: "qcow2", checksum };
  },
} satisfies Distro;
`;
}

/** The vendor's server. */
async function serveVendor(image: string): Promise<AsyncDisposable & { readonly base: string }> {
  const name = `homebrew-1.0-${arch}.qcow2`;
  const sums = `${await digestFile(image, "sha256")}  ${name}\n`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const file = basename(new URL(request.url).pathname);
      if (file === "SHA256SUMS") return new Response(sums);
      if (file !== name) return new Response("no such file", { status: 404 });
      const { size } = await Deno.stat(image);
      const { readable } = await Deno.open(image);
      return new Response(readable, { headers: { "content-length": String(size) } });
    },
  );
  return {
    base: `http://127.0.0.1:${server.addr.port}/pub`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a user's own distribution is added, boots a guest, is updated and removed", async (t) => {
  const image = await guestImage();
  await using vendor = await serveVendor(image);
  await using sandbox = await makeSandbox();
  const file = join(sandbox.home, "homebrew.ts");
  await Deno.writeTextFile(file, plugin(vendor.base, "first"));

  await t.step("without the user's word it may not reach this machine", async () => {
    const refused = await sandbox.cubic("distro", "add", file, "--yes");
    equal(refused.code, 1);
    match(refused.stderr, /is not https\nhint: Add --allow-loopback/);
  });

  await t.step("it is added, conforms, and is listed", async () => {
    await sandbox.ok("distro", "add", file, "--yes", "--allow-loopback");
    await sandbox.ok("distro", "check", "homebrew");
    match(await sandbox.ok("distro", "list"), /^homebrew +Home-brewed Linux/m);
    match(await sandbox.ok("images", "homebrew"), /^homebrew:1\.0 .* stable, first/m);
  });

  await t.step("its image boots", async () => {
    await sandbox.ok("create", "brew", "--image", "homebrew", "--memory", "1G");
    await sandbox.ok("start", "brew", "--wait");
    equal(await sandbox.ok("exec", "brew", "--", "hostname"), "brew\n");
    await sandbox.ok("stop", "brew");
  });

  await t.step("a changed file is not run until the user has seen the change", async () => {
    await Deno.writeTextFile(file, plugin(vendor.base, "second"));
    match(await sandbox.ok("images", "homebrew"), /stable, first/);
    const updated = await sandbox.cubic("distro", "update", "homebrew", "--yes");
    equal(updated.code, 0, updated.stderr);
    match(updated.stderr + updated.stdout, /second/);
    match(await sandbox.ok("images", "homebrew"), /stable, second/);
  });

  await t.step("it is removed, and its guest is still there", async () => {
    await sandbox.ok("distro", "remove", "homebrew", "--yes");
    equal((await sandbox.cubic("images", "homebrew")).code, 3);
    match(await sandbox.ok("instances"), /^brew +stopped/m);
    await sandbox.ok("start", "brew");
    await sandbox.ok("stop", "brew", "--kill");
  });
});
