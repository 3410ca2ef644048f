import assert from "node:assert/strict";
import { type ListingEntry, parseListing } from "./listing.ts";

const file = (name: string): ListingEntry => ({ name, directory: false });
const directory = (name: string): ListingEntry => ({ name, directory: true });

Deno.test("Apache's listing is read, without its sorting links and its parent", () => {
  const html = `<html><head><title>Index of /almalinux</title></head><body><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M&amp;O=A">Last modified</a></th></tr>
<tr><td><a href="/pub/">Parent Directory</a></td></tr>
<tr><td><img src="/icons/folder.gif" alt="[DIR]"></td><td><a href="9.8/">9.8/</a></td></tr>
<tr><td><A HREF='CHECKSUM'>CHECKSUM</A></td></tr>
<tr><td><a class=n href=plain.img>plain.img</a></td></tr></table></body></html>`;
  assert.deepEqual(parseListing(html), [directory("9.8"), file("CHECKSUM"), file("plain.img")]);
});

Deno.test("nginx's listing is read, with names that are cut short in its text", () => {
  const html = `<h1>Index of /alpine/v3.24/releases/cloud/</h1><hr><pre><a href="../">../</a>
<a href="aws/">aws/</a>                              02-Oct-2026 10:00       -
<a href="nocloud_alpine-3.23.4-x86_64-uefi-cloudinit-r0.qcow2">nocloud_alpine-3.23.4-x86_64-uefi-..&gt;</a> 1
</pre>`;
  assert.deepEqual(parseListing(html), [
    directory("aws"),
    file("nocloud_alpine-3.23.4-x86_64-uefi-cloudinit-r0.qcow2"),
  ]);
});

Deno.test("lighttpd's listing is read", () => {
  const html = `<tr class="d"><td class="n"><a href="../">..</a>/</td></tr>
<tr class="d"><td class="n"><a href="20261004T164559Z/">20261004T164559Z</a>/</td></tr>
<tr><td class="n"><a href="a%20b%2bc%5B1%5D.img">a b+c[1].img</a></td></tr>`;
  assert.deepEqual(parseListing(html), [directory("20261004T164559Z"), file("a b+c[1].img")]);
});

Deno.test("links with their path from the root are read, without breadcrumbs", () => {
  const html = `<a href="/">root</a> / <a href="/centos/">centos</a> / <a href="/centos/9/">9</a>
<a href="/centos/9/images/">images/</a>
<a href="/centos/9/CHECKSUM">CHECKSUM</a><a href="./README">README</a>`;
  assert.deepEqual(parseListing(html), [directory("images"), file("CHECKSUM"), file("README")]);
});

Deno.test("an icon that links the parent too does not make it an entry", () => {
  const html =
    `<a href="/pub/linux/"><img src="/back.png"></a> <a href="/pub/linux/">Parent Directory</a>
<a href="44/">44/</a>`;
  assert.deepEqual(parseListing(html), [directory("44")]);
});

Deno.test("other hosts, other directories and what hides a path are no entries", () => {
  const hrefs = [
    "https://example.org/a.img",
    "//example.org/b.img",
    "mailto:someone@example.org",
    "javascript:void(0)",
    "#top",
    "deep/er.img",
    "..%2fetc",
    "%2e%2e",
    "..",
    ".",
    "./",
    "back\\slash",
    "bad%zz",
    "nul%00.img",
    "escape%1b[31m.img",
    "a".repeat(2000),
    "",
  ];
  const html = hrefs.map((href) => `<a href="${href}">x</a>`).join("\n");
  assert.deepEqual(parseListing(`${html}<a href="good.img">x</a>`), [file("good.img")]);
});

Deno.test("what is linked twice is one entry, and entities are decoded", () => {
  const html = `<a href="a&amp;b.img">icon</a><a href="a&amp;b.img">a&amp;b.img</a>`;
  assert.deepEqual(parseListing(html), [file("a&b.img")]);
});

Deno.test("names of any letters come back as they were", () => {
  const letters = "abcXYZ019._-+ ()~=*ä%&'\"<>?#";
  for (let round = 0; round < 300; round++) {
    const random = [...crypto.getRandomValues(new Uint8Array(1 + round % 16))];
    const names = ["a", "b"].map((first) =>
      first + random.map((byte) => letters[byte % letters.length]).join("")
    );
    const html = names.map((name) => `<a href="${encodeURIComponent(name)}">${round}</a>`);
    assert.deepEqual(parseListing(html.join(" ")), names.map(file));
  }
});

Deno.test("no bytes make it fail, and none of them a name with a slash", () => {
  for (let round = 0; round < 300; round++) {
    const noise = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(round)));
    for (const { name } of parseListing(`<a href="${noise}">x</a><a href='${noise}/'>..</a>`)) {
      assert.doesNotMatch(name, /[/\\\p{Cc}]/u);
    }
  }
});

Deno.test("a page made to be slow is read all the same", () => {
  const size = 200_000;
  for (const piece of ["<a ", '<a href="', "<a href", "<a href = ", "/a"]) {
    parseListing(`<a href="${piece.repeat(size / piece.length)}`);
    parseListing(piece.repeat(size / piece.length));
  }
  const links = Array.from({ length: 5000 }, (_, index) => `<a href="/a/b/${index}/">x</a>`);
  assert.equal(parseListing(links.join("")).length, 5000);
});
