import assert from "node:assert/strict";
import { parseSimplestreams } from "./simplestreams.ts";

const sha256 = "ab".repeat(32);
const KEY = "com.ubuntu.cloud:server:26.04:amd64";

function stream(product: object): string {
  return JSON.stringify({ format: "products:1.0", products: { [KEY]: product } });
}

const noble = { arch: "amd64", version: "26.04", release: "resolute" };

Deno.test("a product is read with its builds, newest first", () => {
  const item = { ftype: "disk1.img", path: "server/a.img", sha256, md5: "x", size: 5 };
  const text = stream({
    ...noble,
    os: "ubuntu",
    release_title: "26.04 LTS",
    support_eol: "2031-05-29",
    supported: true,
    aliases: "26.04, resolute,lts,",
    versions: {
      "20260731": { label: "release", items: { "disk1.img": { ...item, size: "7" } } },
      "20260731.10": { items: { "disk1.img": item, "manifest": { ftype: "manifest" } } },
      "20260731.9": { items: {} },
    },
  });
  const [product, ...others] = parseSimplestreams(text);
  assert.deepEqual(others, []);
  assert.deepEqual({ ...product, versions: [] }, {
    key: KEY,
    ...noble,
    title: "26.04 LTS",
    supportEol: "2031-05-29",
    supported: true,
    aliases: ["26.04", "resolute", "lts"],
    versions: [],
  });
  const wanted = { name: "disk1.img", ftype: "disk1.img", path: "server/a.img", sha256 };
  assert.deepEqual(product?.versions, [
    { serial: "20260731.10", items: [{ ...wanted, size: 5 }] },
    { serial: "20260731.9", items: [] },
    { serial: "20260731", items: [{ ...wanted, size: 7 }] },
  ]);
});

Deno.test("what a product leaves out is left out, and a bad digest or size is none", () => {
  const items = { "disk1.img": { path: "a.img", sha256: sha256.slice(1), size: "many" } };
  const [product] = parseSimplestreams(stream({ ...noble, versions: { "1": { items } } }));
  assert.deepEqual(product, {
    key: KEY,
    ...noble,
    title: "26.04",
    supported: false,
    aliases: [],
    versions: [{
      serial: "1",
      items: [{ name: "disk1.img", ftype: "disk1.img", path: "a.img" }],
    }],
  });
});

Deno.test("a broken document is told", () => {
  assert.throws(() => parseSimplestreams("<html>404"), /index is no JSON/);
  assert.throws(() => parseSimplestreams("{}"), /not of the format "products:1.0"/);
  assert.throws(() => parseSimplestreams("[]"), /not of the format/);
  assert.throws(() => parseSimplestreams('{"format":"index:1.0"}'), /not of the format/);
  for (const member of ["arch", "version", "release"]) {
    const error = new RegExp(`no "${member}" for com\\.ubuntu\\.cloud:server:26\\.04:amd64`);
    assert.throws(() => parseSimplestreams(stream({ ...noble, [member]: 1 })), error);
  }
});

Deno.test("documents of any shape are read or told, and never crash otherwise", () => {
  for (const odd of [null, 1, "x", [], [[]], {}, { a: null }, { items: [] }, { items: { a: 1 } }]) {
    const texts = [
      JSON.stringify({ format: "products:1.0", products: odd }),
      stream({ ...noble, versions: odd, aliases: odd, support_eol: odd, supported: odd }),
      stream({ ...noble, versions: { "1": odd } }),
      stream({ ...noble, versions: { "1": { items: { a: odd } } } }),
    ];
    for (const text of texts) {
      try {
        assert(Array.isArray(parseSimplestreams(text)));
      } catch (error) {
        assert.match(String(error), /^Error: the simplestreams index/);
      }
    }
  }
});
