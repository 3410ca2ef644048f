import assert from "node:assert/strict";
import type { KnownDistro } from "../app.ts";
import type { Release } from "../../plugins/contract.ts";
import { builtInForTests } from "../../tests/support/images.ts";
import { imageNames, parseImageName, resolveImageName } from "./name.ts";
import { isCubicError } from "../errors.ts";
import { testApp } from "../../tests/support/images.ts";

const offline = { baseUrl: "", fetchText: () => Promise.reject(new Error("no network here")) };
const list = (distro: KnownDistro): Promise<readonly Release[]> => distro.releases(offline);

async function idOf(text: string): Promise<string> {
  await using app = await testApp({ distros: builtInForTests });
  return (await resolveImageName(app, parseImageName(text), list)).id;
}

Deno.test("names are read part by part", () => {
  assert.deepEqual(parseImageName("debian"), {
    distro: "debian",
    release: undefined,
    arch: undefined,
  });
  assert.deepEqual(parseImageName("debian:12"), {
    distro: "debian",
    release: "12",
    arch: undefined,
  });
  assert.deepEqual(parseImageName("Ubuntu:24.04:aarch64"), {
    distro: "ubuntu",
    release: "24.04",
    arch: "arm64",
  });
  assert.deepEqual(parseImageName("debian:arm64"), {
    distro: "debian",
    release: undefined,
    arch: "arm64",
  });
});

Deno.test("what is no image name is refused", () => {
  const wrong = [
    "",
    ":",
    "debian:",
    "debian:12:amd64:x",
    "debian:12:sparc",
    "../x",
    "a b",
    "-x",
    "debian:12:",
  ];
  for (const text of wrong) {
    assert.throws(() => parseImageName(text), (e) => isCubicError(e, "invalid-value"), text);
  }
});

Deno.test("a bare distro means its stable release, and every spelling the same image", async () => {
  assert.equal(await idOf("debian"), "debian:trixie:amd64");
  for (const text of ["debian:12", "debian:bookworm", "debian:oldstable", "deb:12:x86_64"]) {
    assert.equal(await idOf(text), "debian:bookworm:amd64", text);
  }
  assert.equal(await idOf("debian:bookworm:arm64"), "debian:bookworm:arm64");
});

Deno.test("an image goes by its codename and its version", async () => {
  await using app = await testApp({ distros: builtInForTests });
  const target = await resolveImageName(app, parseImageName("debian:oldstable"), list);
  assert.deepEqual(imageNames(target), ["debian:bookworm:amd64", "debian:12:amd64"]);
});

Deno.test("an unknown distro or release says what is on offer", async () => {
  await assert.rejects(idOf("debain"), (error) => {
    assert(isCubicError(error, "distro-not-found"));
    assert.match(error.hint ?? "", /Did you mean debian\?\nThere are: debian\./);
    return true;
  });
  await assert.rejects(idOf("debian:bookwrom"), (error) => {
    assert(isCubicError(error, "image-not-found"));
    assert.match(
      error.hint ?? "",
      /Did you mean bookworm\?\nThere are: trixie \(13\), bookworm \(12\)/,
    );
    return true;
  });
  await assert.rejects(idOf("debian:11:arm64"), (error) => {
    assert(isCubicError(error, "image-not-found"));
    assert.match(error.hint ?? "", /amd64/);
    return true;
  });
});
