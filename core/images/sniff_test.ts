import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isCubicError } from "../errors.ts";
import { formatOf, sniffImage } from "./sniff.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const MIB = 1024 * 1024;

function bytes(marks: Readonly<Record<number, string>>, length = 64 * 1024): Uint8Array {
  const result = new Uint8Array(length);
  for (const [offset, text] of Object.entries(marks)) {
    result.set(Array.from(text, (char) => char.charCodeAt(0)), Number(offset));
  }
  return result;
}

function lookOf(marks: Readonly<Record<number, string>>): string {
  const format = formatOf(bytes(marks), MIB);
  return typeof format === "string" ? format : format.what;
}

Deno.test("a disk image is told by its first bytes", () => {
  equal(lookOf({ 0: "QFI\xfb" }), "qcow2");
  equal(lookOf({ 510: "\x55\xaa" }), "raw");
});

Deno.test("what is no disk image is called by its name", () => {
  match(lookOf({ 32769: "CD001" }), /ISO 9660/);
  match(lookOf({ 510: "\x55\xaa", 32769: "CD001" }), /ISO 9660/);
  match(lookOf({ 0: "KDMV" }), /VMDK/);
  match(lookOf({ 64: "\x7f\x10\xda\xbe" }), /VDI/);
  match(lookOf({ 0: "vhdxfile" }), /VHDX/);
  match(lookOf({ 0: "conectix" }), /VHD /);
  match(lookOf({ 0: "disk.raw", 257: "ustar" }), /tar archive/);
  match(lookOf({ 0: "\x7fELF" }), /program/);
  match(lookOf({ 0: "\xef\xbb\xbf\n<!DOCTYPE html>" }), /HTML page/);
  match(lookOf({ 0: "PK\x03\x04" }), /zip/);
  match(lookOf({}), /nothing that begins like a disk/);
  const empty = formatOf(new Uint8Array(), 0);
  equal(typeof empty === "string" ? empty : empty.what, "empty");
  const text = formatOf(bytes({ 0: "404 not found\n" }, 14), 14);
  equal(typeof text === "string" ? text : text.what, "a text file");
});

Deno.test("a raw disk has whole sectors and at least 1 MiB", () => {
  const disk = bytes({ 510: "\x55\xaa" });
  equal(formatOf(disk, MIB), "raw");
  equal(formatOf(disk, undefined), "raw");
  for (const size of [MIB - 512, MIB + 1]) equal(typeof formatOf(disk, size), "object");
});

Deno.test("the name of a file says nothing, and compression is looked through", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "image.iso");
  await Deno.writeFile(path, gzipSync(bytes({ 0: "QFI\xfb" }, MIB)));
  deepEqual(await sniffImage(path), { format: "qcow2", compression: "gzip" });
  await Deno.writeFile(path, gzipSync(bytes({ 32769: "CD001" }, MIB)));
  await rejects(sniffImage(path), (error) => {
    match(String(error), /Cannot use image\.iso as a disk image: the gzip data in it is an ISO/);
    return isCubicError(error, "image-corrupt");
  });
});
