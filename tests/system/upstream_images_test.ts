/** Images that are wrong, gone or renewed: what upstream's cubic makes of them (its faults 1, 11, 12, 13 and 19). */
import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import type { App } from "../../core/app.ts";
import { catalogue } from "../../core/images/catalogue.ts";
import { isCubicError } from "../../core/errors.ts";
import { ensureImage } from "../../core/images/ensure.ts";
import { listImages } from "../../core/images/store.ts";
import { createInstance } from "../../core/instances/create.ts";
import type { Distro } from "../../plugins/contract.ts";
import { checksumOf, parseListing } from "../../plugins/kit.ts";
import { builtInForTests, qcow2Bytes, recorded, testApp } from "../support/images.ts";

const NAME = "debian:12:amd64";

/** A vendor's directory, with the date in the name of its only image, as Gentoo and Fedora have it. */
interface Vendor extends AsyncDisposable {
  readonly base: string;
  file: string;
  image: Uint8Array<ArrayBuffer>;
  /** What the list of checksums is about; the image when undefined. */
  listed: Uint8Array<ArrayBuffer> | undefined;
  /** What is asked for is not answered. */
  down: boolean;
  /** How often a disk was asked for. */
  downloads: number;
  /** Which parts of it were asked for; "all" without a range. */
  readonly ranges: string[];
}

function startVendor(): Vendor {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (vendor.down) return new Response("", { status: 503 });
    if (pathname.endsWith(".qcow2")) {
      vendor.downloads++;
      vendor.ranges.push(request.headers.get("range") ?? "all");
    }
    const digest = createHash("sha256").update(vendor.listed ?? vendor.image).digest("hex");
    if (pathname === "/SHA256SUMS") return new Response(`${digest}  ${vendor.file}\n`);
    if (pathname === `/${vendor.file}`) return new Response(vendor.image);
    if (pathname === "/") return new Response(`<a href="${vendor.file}">${vendor.file}</a>`);
    // As servers of files answer: a page for people, and a status.
    return new Response("<html>no such file</html>", { status: 404 });
  });
  const vendor: Vendor = {
    base: `http://127.0.0.1:${server.addr.port}`,
    file: "debian-12-20250101.qcow2",
    image: qcow2Bytes(8192, 1),
    ...{ listed: undefined, down: false, downloads: 0, ranges: [] },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return vendor;
}

/** A distro that has to look for its image in that directory. */
function distroAt(base: string, name = "debian"): Distro {
  return {
    ...builtInForTests[0]!,
    ...{ name, aliases: [], baseUrl: base },
    async releases({ fetchText }) {
      await fetchText(`${base}/`);
      return [{ version: "12", arches: ["amd64", "arm64"] }];
    },
    async image({ fetchText }) {
      const [entry] = parseListing(await fetchText(`${base}/`));
      const file = entry?.name ?? "";
      const checksum = checksumOf(await fetchText(`${base}/SHA256SUMS`), file);
      return { url: `${base}/${file}`, format: "qcow2", checksum };
    },
  };
}

async function appOf(...distros: Distro[]): Promise<Awaited<ReturnType<typeof testApp>>> {
  // A mirror of the user's choice is the only way to a server without TLS.
  const mirror = Object.fromEntries(distros.map(({ name, baseUrl }) => [name, baseUrl]));
  return await testApp({ distros, config: { mirror } });
}

async function ensured(app: App): Promise<string> {
  return (await ensureImage(app, NAME, recorded())).path;
}

Deno.test("an image with a wrong digest is refused the second time too, and taken once it is right (upstream fault 1)", async () => {
  await using vendor = startVendor();
  await using app = await appOf(distroAt(vendor.base));
  vendor.listed = qcow2Bytes(8192, 9);
  for (const downloads of [1, 2]) {
    await rejects(ensured(app), { code: "image-corrupt" });
    deepEqual(await listImages(app.paths), { images: [], broken: [] });
    equal(vendor.downloads, downloads);
  }
  vendor.listed = undefined;
  deepEqual(await Deno.readFile(await ensured(app)), vendor.image);
});

Deno.test("an image that its vendor renamed since the list was read is found under its new name (upstream fault 11)", async () => {
  await using vendor = startVendor();
  await using app = await appOf(distroAt(vendor.base));
  await catalogue(app, { distros: [], all: true }, recorded());
  vendor.file = "debian-12-20250808.qcow2";
  vendor.image = qcow2Bytes(8192, 2);
  deepEqual(await Deno.readFile(await ensured(app)), vendor.image);
});

Deno.test("a page that says 404 is no image, and is not kept as one (upstream fault 11)", async () => {
  await using vendor = startVendor();
  const gone = {
    ...distroAt(vendor.base),
    image: () =>
      Promise.resolve({
        url: `${vendor.base}/gone.qcow2`,
        format: "qcow2" as const,
        checksum: { algorithm: "sha256" as const, digest: "ab".repeat(32) },
      }),
  };
  await using app = await appOf(gone);
  await rejects(ensured(app), { code: "image-not-found", message: /404/ });
  deepEqual((await listImages(app.paths)).images, []);
});

Deno.test("a vendor who was down while images were listed is asked again the next time (upstream fault 12)", async () => {
  await using well = startVendor();
  await using ill = startVendor();
  await using app = await appOf(distroAt(ill.base), distroAt(well.base, "other"));
  const names = async (): Promise<string[]> =>
    (await catalogue(app, { distros: [], all: false }, recorded())).entries.map(({ name }) => name);
  ill.down = true;
  deepEqual(await names(), ["other:12:amd64"]);
  ill.down = false;
  deepEqual(await names(), [NAME, "other:12:amd64"]);
  await ensured(app);
});

Deno.test("a name that moves on is fetched anew when asked, and the old image stays for its instances (upstream fault 13)", async () => {
  await using vendor = startVendor();
  await using app = await appOf(distroAt(vendor.base));
  const old = await ensured(app);
  vendor.file = "debian-12-20250808.qcow2";
  vendor.image = qcow2Bytes(8192, 2);
  equal(await ensured(app), old);
  const { path } = await ensureImage(app, NAME, recorded(), { refresh: true });
  notEqual(path, old);
  deepEqual(await Deno.readFile(path), vendor.image);
  equal(await ensured(app), path);
  await Deno.stat(old);
});

Deno.test("an image that is larger than the disk it is for is refused before it is fetched (upstream fault 19)", async () => {
  await using vendor = startVendor();
  await using app = await appOf(distroAt(vendor.base));
  const GIB = 1024 ** 3;
  const request = { name: "web", image: NAME, disk: GIB };
  await rejects(createInstance(app, request, recorded()), {
    code: "invalid-value",
    message: "Cannot make a disk of 1 G: the image needs 2 G",
    hint: /--disk 2G/,
  });
  deepEqual(vendor.ranges, ["bytes=0-79"]);
  deepEqual((await listImages(app.paths)).images, []);
  const { path } = await ensureImage(app, NAME, recorded(), { disk: 2 * GIB });
  deepEqual(await Deno.readFile(path), vendor.image);
  // Of a server that does not answer the download says so.
  vendor.down = true;
  await rejects(
    ensureImage(app, NAME, recorded(), { disk: 1, refresh: true }),
    (error) => isCubicError(error) && error.code !== "invalid-value",
  );
});
