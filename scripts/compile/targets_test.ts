import { deepEqual, equal } from "node:assert/strict";
import { chosenTargets, formatOf, programName, TARGETS } from "./targets.ts";

Deno.test("programName tells version, system and architecture", () => {
  const names = TARGETS.map((target) => programName("1.2.3", target));
  deepEqual(names, [
    "cubic-1.2.3-linux-x86_64",
    "cubic-1.2.3-linux-aarch64",
    "cubic-1.2.3-darwin-x86_64",
    "cubic-1.2.3-darwin-aarch64",
  ]);
});

Deno.test("chosenTargets knows four names and all", () => {
  equal(chosenTargets(["all"])?.length, 4);
  deepEqual(chosenTargets(["aarch64-apple-darwin"])?.map(({ os }) => os), ["darwin"]);
  equal(chosenTargets(["x86_64-pc-windows-msvc"]), undefined);
});

Deno.test("formatOf reads the first bytes of programs", () => {
  const elf = (machine: number): Uint8Array =>
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array(9).fill(0), 3, 0, machine, 0]);
  const mach = (cpu: number): Uint8Array =>
    new Uint8Array([0xcf, 0xfa, 0xed, 0xfe, cpu, 0, 0, 1, ...Array(12).fill(0)]);
  deepEqual(formatOf(elf(62)), { os: "linux", arch: "x86_64" });
  deepEqual(formatOf(elf(183)), { os: "linux", arch: "aarch64" });
  deepEqual(formatOf(mach(7)), { os: "darwin", arch: "x86_64" });
  deepEqual(formatOf(mach(12)), { os: "darwin", arch: "aarch64" });
  equal(formatOf(elf(40)), undefined);
  equal(formatOf(new TextEncoder().encode("<!DOCTYPE html><html>")), undefined);
  equal(formatOf(new Uint8Array(4)), undefined);
});
