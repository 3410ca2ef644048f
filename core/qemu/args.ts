/**
 * The only place that makes a QEMU command line: a pure function from a machine to its arguments, put together
 * from one small function a subject. `tests/system/qemu_args_test.ts` feeds the result to the real QEMU.
 */
import type { Machine, PortForward } from "./machine.ts";

/** The name of the QEMU program for guests of an architecture. */
export function qemuProgram(arch: Machine["arch"]): string {
  return arch === "amd64" ? "qemu-system-x86_64" : "qemu-system-aarch64";
}

/** The arguments that start this machine. */
export function qemuArgs(machine: Machine): string[] {
  return [
    ...identity(machine),
    ...board(machine),
    ...processor(machine),
    ...firmware(machine),
    ...disks(machine),
    ...network(machine),
    ...console(machine),
    ...monitor(machine),
    ...devices(),
    ...confinement(machine),
    ...machine.extraArgs ?? [],
  ];
}

function identity({ name, uuid }: Machine): string[] {
  return ["-name", `guest=${name},process=cubic-${name}`, "-uuid", uuid];
}

function board({ arch, firmware }: Machine): string[] {
  const type = arch === "amd64" ? "q35" : "virt";
  const flash = firmware ? [firmware.vars ? "pflash0=code,pflash1=vars" : "pflash0=code"] : [];
  return [
    ...["-machine", [type, ...flash].join(",")],
    // No devices we did not ask for, no configuration files, no window.
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-rtc", "base=utc"],
    ...["-msg", "timestamp=on"],
  ];
}

function processor({ accelerator, cpus, memory }: Machine): string[] {
  // "max" under translation: distributions built for x86-64-v2 and v3 boot only with what it offers.
  const model = accelerator === "tcg" ? "max" : "host";
  return [
    ...["-accel", accelerator, "-cpu", model],
    ...["-smp", String(cpus), "-m", `size=${Math.floor(memory / 1024)}k`],
  ];
}

function firmware({ firmware }: Machine): string[] {
  if (!firmware) return [];
  const { code, codeFormat, vars } = firmware;
  const flash = (node: string, driver: string, filename: string, readOnly: boolean): string[] =>
    blockdev({
      "node-name": node,
      driver,
      "read-only": readOnly,
      file: { driver: "file", filename, "read-only": readOnly },
    });
  return [
    ...flash("code", codeFormat, code, true),
    ...(vars ? flash("vars", vars.format, vars.path, false) : []),
  ];
}

function disks({ disk, seed }: Machine): string[] {
  return [
    ...blockdev({
      "node-name": "disk",
      driver: "qcow2",
      discard: "unmap",
      file: { driver: "file", filename: disk, discard: "unmap" },
    }),
    // bootindex: the firmware goes to the disk at once instead of trying the network first.
    ...["-device", "virtio-blk-pci,drive=disk,bootindex=1"],
    ...blockdev({
      "node-name": "seed",
      driver: "raw",
      "read-only": true,
      file: { driver: "file", filename: seed, "read-only": true },
    }),
    // A disk and not a CD-ROM: Debian's genericcloud kernel has no AHCI.
    ...["-device", "virtio-blk-pci,drive=seed"],
  ];
}

/** `-blockdev` takes JSON, so no file name needs escaping. */
function blockdev(node: unknown): string[] {
  return ["-blockdev", JSON.stringify(node)];
}

function network({ mac, sshPort, forwards, isolate }: Machine): string[] {
  const ssh: PortForward = {
    protocol: "tcp",
    hostAddress: "127.0.0.1",
    hostPort: sshPort,
    guestPort: 22,
  };
  const user = [
    "user,id=net",
    ...(isolate ? ["restrict=on"] : []),
    ...[ssh, ...forwards].map((forward) => `hostfwd=${hostForward(forward)}`),
  ];
  return [
    ...["-netdev", user.join(",")],
    // No option ROM: it is for booting over the network, and not always installed.
    ...["-device", `virtio-net-pci,netdev=net,mac=${mac},romfile=`],
  ];
}

/** A forward as slirp writes it: `tcp:127.0.0.1:8080-:80`. */
export function hostForward(forward: PortForward): string {
  const { protocol, hostAddress, hostPort, guestPort } = forward;
  return `${protocol}:${hostAddress}:${hostPort}-:${guestPort}`;
}

function console({ consoleSocket, consoleLog }: Machine): string[] {
  const socket = `socket,id=console,path=${escape(consoleSocket)},server=on,wait=off`;
  return [
    ...["-chardev", `${socket},logfile=${escape(consoleLog)},logappend=on`],
    ...["-serial", "chardev:console"],
  ];
}

function monitor({ qmpSocket, pidFile }: Machine): string[] {
  return [
    ...["-chardev", `socket,id=qmp,path=${escape(qmpSocket)},server=on,wait=off`],
    ...["-mon", "chardev=qmp,mode=control"],
    ...["-pidfile", pidFile],
  ];
}

function devices(): string[] {
  return [
    ...["-object", "rng-random,id=rng,filename=/dev/urandom"],
    ...["-device", "virtio-rng-pci,rng=rng"],
    // Lets the guest give memory back to the host.
    ...["-device", "virtio-balloon-pci,free-page-reporting=on"],
    // PCI Express takes hot-plugged devices only on root ports that were there at the start.
    ...["-device", "pcie-root-port,id=spare0,chassis=100,slot=100"],
    ...["-device", "pcie-root-port,id=spare1,chassis=101,slot=101"],
  ];
}

function confinement({ sandbox }: Machine): string[] {
  const rules = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";
  return sandbox ? ["-sandbox", rules] : [];
}

/** In QEMU's option lists a comma is written twice. */
function escape(value: string): string {
  return value.replaceAll(",", ",,");
}
