import { deepEqual, equal, ok } from "node:assert/strict";
import { hostForward, qemuArgs, qemuProgram } from "./args.ts";
import type { Accelerator } from "./machine.ts";
import { sampleMachine } from "../../tests/support/machine.ts";

const HOSTS: readonly { readonly host: string; readonly accelerators: readonly Accelerator[] }[] = [
  { host: "linux", accelerators: ["kvm", "tcg"] },
  { host: "darwin", accelerators: ["hvf", "tcg"] },
];

for (const { host, accelerators } of HOSTS) {
  for (const arch of ["amd64", "arm64"] as const) {
    for (const accelerator of accelerators) {
      Deno.test(`qemuArgs() on ${host} for ${arch} under ${accelerator} is as written down`, async (t) => {
        // Only Linux has seccomp.
        const machine = sampleMachine({ arch, accelerator, sandbox: host === "linux" });
        await t.assertSnapshot(asLines(qemuArgs(machine)));
      });
    }
  }
}

Deno.test("qemuArgs() without a variable store, isolated and with forwards is as written down", async (t) => {
  const machine = sampleMachine({
    firmware: { code: "/fw/code.qcow2", codeFormat: "qcow2" },
    isolate: true,
    forwards: [
      { protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 8080, guestPort: 80 },
      { protocol: "udp", hostAddress: "127.0.0.1", hostPort: 5353, guestPort: 53 },
    ],
  });
  await t.assertSnapshot(asLines(qemuArgs(machine)));
});

Deno.test("qemuArgs() leaves a machine without firmware to the BIOS that QEMU brings", () => {
  const args = qemuArgs(sampleMachine({ firmware: undefined }));
  equal(args[args.indexOf("-machine") + 1], "q35");
  equal(args.some((arg) => arg.includes("pflash") || arg.includes('"code"')), false);
});

Deno.test("qemuArgs() doubles commas in option lists and leaves them alone in JSON and plain arguments", () => {
  const odd = "/da,ta/a b/";
  const args = qemuArgs(sampleMachine({
    disk: `${odd}disk`,
    seed: `${odd}seed`,
    qmpSocket: `${odd}qmp`,
    consoleSocket: `${odd}con`,
    consoleLog: `${odd}log`,
    pidFile: `${odd}pid`,
    firmware: { code: `${odd}code`, codeFormat: "raw" },
  }));
  const files = args.filter((_, index) => args[index - 1] === "-blockdev")
    .map((json) => JSON.parse(json).file.filename);
  deepEqual(files, [`${odd}code`, `${odd}disk`, `${odd}seed`]);
  equal(args[args.indexOf("-pidfile") + 1], `${odd}pid`);
  const chardevs = args.filter((_, index) => args[index - 1] === "-chardev");
  equal(chardevs.length, 2);
  for (const chardev of chardevs) {
    ok(chardev.includes("path=/da,,ta/a b/"), chardev);
    equal(chardev.replaceAll(",,", "").includes("/da,"), false);
  }
});

Deno.test("qemuArgs() gives every device to be hot-plugged a port of its own", () => {
  const ports = qemuArgs(sampleMachine()).filter((arg) => arg.startsWith("pcie-root-port"));
  equal(new Set(ports.map((port) => /slot=(\d+)/.exec(port)?.[1])).size, 2);
});

Deno.test("the memory is passed on to the kilobyte, whatever was asked for", () => {
  const args = qemuArgs(sampleMachine({ memory: 1.5 * 1024 ** 3 + 1 }));
  equal(args[args.indexOf("-m") + 1], `size=${1.5 * 1024 ** 2}k`);
});

Deno.test("hostForward() and qemuProgram() speak QEMU's words", () => {
  equal(
    hostForward({ protocol: "udp", hostAddress: "10.0.0.1", hostPort: 1, guestPort: 2 }),
    "udp:10.0.0.1:1-:2",
  );
  deepEqual([qemuProgram("amd64"), qemuProgram("arm64")], [
    "qemu-system-x86_64",
    "qemu-system-aarch64",
  ]);
});

/** One option a line, as a reviewer wants to see it change. */
function asLines(args: readonly string[]): string {
  return args.join(" ").replaceAll(/ (?=-[a-z])/g, "\n");
}
