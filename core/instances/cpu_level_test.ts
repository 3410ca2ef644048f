import { equal, match } from "node:assert/strict";
import { realHost } from "../host.ts";
import { cpuLevelOf, cpuLevelWarning, hostCpuLevel } from "./cpu_level.ts";

const V2 = "fpu sse sse2 cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3".split(" ");
const V3 = [...V2, ..."avx avx2 bmi1 bmi2 f16c fma abm movbe xsave".split(" ")];

Deno.test("a processor has a level when it has all that the level asks for", () => {
  equal(cpuLevelOf([]), 1);
  equal(cpuLevelOf(V2), 2);
  equal(cpuLevelOf(V3), 3);
  equal(cpuLevelOf(V3.filter((flag) => flag !== "bmi2")), 2);
  equal(cpuLevelOf(V3.filter((flag) => flag !== "cx16")), 1);
});

Deno.test("only an image that asks for more than the host has is warned of", () => {
  equal(cpuLevelWarning(3, 3), undefined);
  equal(cpuLevelWarning(3, undefined), undefined);
  match(cpuLevelWarning(3, 2) ?? "", /x86-64-v3 .* x86-64-v2.*--accel off/);
});

Deno.test("where the host is no Linux on x86-64, nothing is said of its level", async () => {
  equal(await hostCpuLevel({ ...realHost(), os: "darwin" }), undefined);
  equal(await hostCpuLevel({ ...realHost(), arch: "arm64" }), undefined);
});
