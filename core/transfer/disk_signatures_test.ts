import { equal } from "node:assert/strict";
import { diskSize, findSignature, HEAD_BYTES, TAIL_BYTES } from "./disk_signatures.ts";

const SIZE = 1024 ** 2 + 100;

/** What is found in a file of zeros with these bytes at a place; a negative one is from the end. */
function find(place: number, bytes: string | readonly number[], size = SIZE): string | undefined {
  const file = new Uint8Array(size);
  const at = place < 0 ? size + place : place;
  file.set(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, at);
  return findSignature(file.subarray(0, HEAD_BYTES), file.subarray(-TAIL_BYTES), size);
}

Deno.test("findSignature() knows what begins like a disk", () => {
  equal(find(510, [0x55, 0xaa]), "a partition table");
  equal(find(512, "EFI PART"), "a partition table");
  equal(find(0x438, [0x53, 0xef]), "an ext file system");
  equal(find(0, "XFSB"), "an XFS file system");
  equal(find(65536 + 64, "_BHRfS_M"), "a btrfs file system");
  equal(find(512, "LABELONE"), "an LVM volume");
  equal(find(0, [...new TextEncoder().encode("LUKS"), 0xba, 0xbe]), "a LUKS volume");
  equal(find(4096, [0xfc, 0x4e, 0x2b, 0xa9]), "a RAID member");
  equal(find(4086, "SWAPSPACE2"), "swap space");
  equal(find(65526, "SWAPSPACE2"), "swap space");
  equal(find(0x8001, "CD001"), "a CD image");
});

Deno.test("findSignature() knows what ends like a disk, counted from the end of the rounded disk", () => {
  const size = 4 * 65536;
  equal(find(-512, "EFI PART", size), "a partition table");
  equal(find(-8192, [0xfc, 0x4e, 0x2b, 0xa9], size), "a RAID member");
  equal(find(-65536, [0xfc, 0x4e, 0x2b, 0xa9], size), "a RAID member");
  equal(find(-500, "EFI PART", size - 12), "a partition table");
  equal(find(-512, "EFI PART", size - 12), undefined);
});

Deno.test("findSignature() finds nothing in other files, however short", () => {
  equal(find(0, "#!/bin/sh\n"), undefined);
  equal(find(511, "EFI PART"), undefined);
  for (const size of [1, 511, 512, 513, 4096, 65536]) equal(find(0, "x", size), undefined);
});

Deno.test("diskSize() rounds up to sectors", () => {
  equal(diskSize(0), 0);
  equal(diskSize(1), 512);
  equal(diskSize(512), 512);
  equal(diskSize(100_000_001), 195_313 * 512);
});
