/** A machine for tests, as plain data. */
import type { Machine } from "../../core/qemu/machine.ts";

/** A valid machine; `changes` replaces some of it. */
export function sampleMachine(changes: Partial<Machine> = {}): Machine {
  return {
    name: "web",
    uuid: "0b8f9a52-4f2e-4d59-9c54-6d4f8b8a1c11",
    arch: "amd64",
    accelerator: "kvm",
    cpus: 2,
    memory: 1024 ** 3,
    mac: "52:54:00:12:34:56",
    firmware: {
      code: "/fw/code.fd",
      codeFormat: "raw",
      vars: { path: "/data/web/efi-vars.fd", format: "raw" },
    },
    disk: "/data/web/disk.qcow2",
    seed: "/data/web/seed.iso",
    qmpSocket: "/run/cubic/web.qmp",
    consoleSocket: "/run/cubic/web.con",
    consoleLog: "/data/web/console.log",
    pidFile: "/data/web/qemu.pid",
    sshPort: 20_022,
    forwards: [],
    isolate: false,
    sandbox: true,
    ...changes,
  };
}
