/** Why KVM can't be used on a Linux host: rights, modules, the processor, or the host of this host. */
import { join } from "node:path";
import { readTextIfThere } from "../atomic.ts";
import type { Host } from "../host.ts";
import type { Obstacle } from "../qemu/accelerator.ts";

/** What a host tells of KVM. */
export interface KvmFacts {
  /** The group of /dev/kvm; undefined when there is no such device. */
  readonly device: { readonly group: string; readonly members: readonly string[] } | undefined;
  /** True when this process may open it. */
  readonly opens: boolean;
  readonly user: string;
  /** Modules of KVM that are loaded: kvm, kvm_intel, kvm_amd. */
  readonly modules: readonly string[];
  /** Whose processor it is, when it can virtualise; undefined when it says that it can't, or nothing. */
  readonly vendor: "intel" | "amd" | undefined;
  /** True when this host is itself a virtual machine. */
  readonly virtual: boolean;
  /** Whether guests may run guests of their own; undefined when no module tells. */
  readonly nested: boolean | undefined;
}

/** Reads the facts; `root` is where the host's files are. */
export async function readKvm(host: Pick<Host, "env">, root = "/"): Promise<KvmFacts> {
  const cpu = await readTextIfThere(join(root, "proc/cpuinfo")).catch(() => undefined) ?? "";
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpu)?.[1]?.trim().split(/\s+/));
  const modules = await listed(join(root, "sys/module"));
  return {
    device: await readDevice(root),
    opens: await canOpen(join(root, "dev/kvm")),
    user: host.env("USER") ?? host.env("LOGNAME") ?? "",
    modules: modules.filter((name) => /^kvm(_intel|_amd)?$/.test(name)),
    vendor: flags.has("vmx") ? "intel" : flags.has("svm") ? "amd" : undefined,
    virtual: flags.has("hypervisor"),
    nested: await readNested(root),
  };
}

/** What stands in the way, and the command that removes it; undefined when nothing does. Pure. */
export function explainKvm(facts: KvmFacts): Obstacle | undefined {
  const { device, opens, vendor, virtual, modules, user } = facts;
  if (opens) return undefined;
  if (device) return explainRights(device, user);
  if (vendor !== undefined) {
    const module = `kvm_${vendor}`;
    return modules.includes(module)
      ? {
        what: `/dev/kvm does not exist, though ${module} is loaded`,
        remedy: "In a container: `--device /dev/kvm`.",
      }
      : { what: `the module ${module} is not loaded`, remedy: `\`sudo modprobe ${module}\`` };
  }
  if (virtual) {
    return {
      what: "this host is a virtual machine, and its own host allows no nested virtualisation",
      remedy: "Turn nested virtualisation on for this machine, on the host that runs it.",
    };
  }
  return {
    what: "the processor offers no virtualisation",
    remedy:
      "Turn on virtualisation (VT-x, AMD-V) in the firmware set-up; then `sudo modprobe kvm`.",
  };
}

function explainRights(
  { group, members }: NonNullable<KvmFacts["device"]>,
  user: string,
): Obstacle {
  const what = `/dev/kvm can't be opened by this user, who is not in the group ${group}`;
  if (!members.includes(user)) {
    return { what, remedy: `\`sudo usermod -aG ${group} "$USER"\`, then log in again.` };
  }
  return {
    what: `/dev/kvm can't be opened: this session is older than the user's place in ${group}`,
    remedy: `Log out and in again; until then \`newgrp ${group}\` starts a shell that may.`,
  };
}

async function readDevice(root: string): Promise<KvmFacts["device"]> {
  const stat = await Deno.stat(join(root, "dev/kvm")).catch(() => undefined);
  if (!stat) return undefined;
  const groups = await readTextIfThere(join(root, "etc/group")).catch(() => undefined) ?? "";
  for (const line of groups.split("\n")) {
    const [group, , id, members = ""] = line.split(":");
    if (group && id === String(stat.gid)) return { group, members: members.split(",") };
  }
  return { group: String(stat.gid), members: [] };
}

async function canOpen(path: string): Promise<boolean> {
  try {
    using _device = await Deno.open(path, { read: true, write: true });
    return true;
  } catch {
    return false;
  }
}

async function listed(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The modules say Y or N, older ones 1 or 0. */
async function readNested(root: string): Promise<boolean | undefined> {
  for (const module of ["kvm_intel", "kvm_amd"]) {
    const path = join(root, "sys/module", module, "parameters/nested");
    const text = await readTextIfThere(path).catch(() => undefined);
    if (text !== undefined) return /^[Y1]/i.test(text);
  }
  return undefined;
}
