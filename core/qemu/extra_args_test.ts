import { deepEqual, equal, throws } from "node:assert/strict";
import { sampleMachine } from "../../tests/support/machine.ts";
import { qemuArgs } from "./args.ts";
import { parseQemuArgs } from "./extra_args.ts";

Deno.test("parseQemuArgs() keeps what is quoted together, and makes no empty word of two blanks", () => {
  deepEqual(parseQemuArgs(`-device  virtio-gpu-pci -fw_cfg 'name=opt/x,string=a b'`), [
    "-device",
    "virtio-gpu-pci",
    "-fw_cfg",
    "name=opt/x,string=a b",
  ]);
});

Deno.test("parseQemuArgs() refuses what would take the machine out of cubic's hands", () => {
  for (
    const text of [
      "-pidfile /x",
      "-vga std --daemonize",
      "-uuid 1",
      "-S",
      "'-name' x",
      "-accel tcg",
    ]
  ) {
    throws(() => parseQemuArgs(text), { code: "invalid-value", message: /^Cannot pass -/ }, text);
  }
  deepEqual(parseQemuArgs("-s -device x,id=S"), ["-s", "-device", "x,id=S"]);
});

Deno.test("qemuArgs() puts what the user adds behind everything else", () => {
  const plain = qemuArgs(sampleMachine());
  const extra = ["-device", "virtio-gpu-pci"];
  deepEqual(qemuArgs(sampleMachine({ extraArgs: extra })), [...plain, ...extra]);
  equal(plain.includes("virtio-gpu-pci"), false);
});
