/** A virtual machine as plain data: everything QEMU has to be told. */
import type { Arch } from "../host.ts";

/** How the guest's instructions run: in hardware (kvm, hvf) or translated (tcg). */
export type Accelerator = "kvm" | "hvf" | "tcg";

/** A port of the host that leads into the guest. */
export interface PortForward {
  readonly protocol: "tcp" | "udp";
  /** IPv4 address of the host to listen on. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

/** UEFI firmware: code is shared and read-only, variables belong to the machine. */
export interface MachineFirmware {
  readonly code: string;
  readonly codeFormat: "raw" | "qcow2";
  /** The machine's own copy of the variable store; absent where the firmware keeps none. */
  readonly vars?: { readonly path: string; readonly format: "raw" | "qcow2" };
}

/** Plain data from which `qemuArgs` makes a command line. */
export interface Machine {
  readonly name: string;
  readonly uuid: string;
  readonly arch: Arch;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly mac: string;
  /** Absent for images that boot by BIOS: QEMU brings its own. */
  readonly firmware?: MachineFirmware | undefined;
  /** The overlay disk, qcow2. */
  readonly disk: string;
  /** The cloud-init seed, ISO 9660. */
  readonly seed: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly consoleLog: string;
  readonly pidFile: string;
  /** The loopback port of the host that leads to the guest's sshd. */
  readonly sshPort: number;
  readonly forwards: readonly PortForward[];
  /** Cut the guest off from everything but the forwarded ports. */
  readonly isolate: boolean;
  /** Whether this QEMU can confine itself with seccomp. */
  readonly sandbox: boolean;
  /** What the user adds to the command line, after everything else. */
  readonly extraArgs?: readonly string[];
}
