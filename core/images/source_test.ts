import assert from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { archOfFile, fileWord, parseImageSource, parseSha256 } from "./source.ts";

Deno.test("names, URLs and files are told apart by how they are written", () => {
  const kinds: [string, string][] = [
    ["debian", "name"],
    ["debian:12", "name"],
    ["ubuntu:24.04:arm64", "name"],
    ["./debian", "file"],
    ["/tmp/x", "file"],
    ["../disk", "file"],
    ["disk.qcow2", "file"],
    ["Disk.IMG", "file"],
    ["disk.raw.xz", "file"],
    ["https://images.example/disk.qcow2", "url"],
    ["http://images.example/disk.qcow2", "url"],
  ];
  for (const [text, kind] of kinds) assert.equal(parseImageSource(text).kind, kind, text);
});

Deno.test("a URL is https or http, without a password", () => {
  for (const text of ["ftp://x/y.img", "file:///etc/passwd", "https://me:secret@x/y", "https://"]) {
    assert.throws(() => parseImageSource(text), (error) => {
      assert(isCubicError(error, "invalid-value"), text);
      assert(!error.message.includes("secret"));
      return true;
    });
  }
});

Deno.test("a SHA-256 is read as tools print it, and nothing shorter is", () => {
  const digest = "ab".repeat(32);
  for (const text of [digest, digest.toUpperCase(), `sha256:${digest}`, ` ${digest}\n`]) {
    assert.equal(parseSha256(text), digest);
  }
  for (const text of ["", digest.slice(1), `${digest}0`, "zz".repeat(32), "ab".repeat(64)]) {
    assert.throws(() => parseSha256(text), (error) => isCubicError(error, "invalid-value"));
  }
});

Deno.test("a file's name tells its architecture and makes a release word", () => {
  assert.equal(archOfFile("/x86_64/disk-aarch64.img"), "arm64");
  assert.equal(archOfFile("disk_X86-64.qcow2"), "amd64");
  assert.equal(archOfFile("disk.qcow2"), undefined);
  const digest = "0123456789abcdef";
  assert.equal(fileWord("/tmp/My Disk (2).raw.xz", digest), "my-disk-2-01234567");
  assert.equal(fileWord("….qcow2", digest), "01234567");
});
