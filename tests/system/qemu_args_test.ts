/** Every command line that we can generate is one that the real QEMU takes. */
import { deepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { type Arch, realHost } from "../../core/host.ts";
import { findProgram } from "../../core/programs.ts";
import { qemuProgram } from "../../core/qemu/args.ts";
import type { Machine, PortForward } from "../../core/qemu/machine.ts";
import { probeQemu } from "../../core/qemu/locate.ts";
import { askStopped, freePort, makeMachine } from "../support/stopped_machine.ts";
import { makeTempDir } from "../support/temp_dir.ts";

type Variant = Partial<Machine> & { readonly stateless?: boolean; readonly folder?: string };

const host = realHost();
/** The host's own architecture always; the other one where its QEMU is installed. */
const arches: Arch[] = [];
for (const arch of ["amd64", "arm64"] as const) {
  if (arch === host.arch || await findProgram(host, qemuProgram(arch))) arches.push(arch);
}

for (const arch of arches) {
  const variants: Readonly<Record<string, () => Variant>> = {
    "as it is by default": () => ({}),
    "with one processor": () => ({ cpus: 1 }),
    "with four processors": () => ({ cpus: 4 }),
    "isolated": () => ({ isolate: true }),
    "isolated, with forwards": () => ({ isolate: true, forwards: forwards() }),
    "with forwards over TCP and UDP": () => ({ forwards: forwards() }),
    "without a variable store": () => ({ stateless: true }),
    "without firmware of ours": () => ({ firmware: undefined }),
    "with commas, spaces and quotes in its paths": () => ({ folder: `a,b 'c"=d` }),
    "with the longest name": () => ({ name: "n".repeat(63) }),
    "with memory that is no whole megabyte": () => ({ memory: 256 * 1024 ** 2 + 5000 }),
  };
  for (const [what, variant] of Object.entries(variants)) {
    Deno.test(`QEMU takes an ${arch} machine ${what}`, () => check(arch, variant()));
  }
}

Deno.test("QEMU takes a confined machine, where it can confine itself at all", async () => {
  await using dir = await makeTempDir();
  const { sandbox } = await probeQemu(host, { cache: dir.path }, host.arch);
  await check(host.arch, { sandbox, forwards: forwards() });
  // Debian, Fedora and Arch build it in; a Linux without it should be looked at.
  ok(sandbox || host.os !== "linux");
});

async function check(arch: Arch, { folder, ...changes }: Variant): Promise<void> {
  await using temp = await makeTempDir({ short: true });
  const dir = join(temp.path, folder ?? "");
  await Deno.mkdir(dir, { recursive: true });
  const machine = await makeMachine(dir, arch, changes);
  const answer = await askStopped(machine);
  deepEqual(answer, { status: "prelaunch", cpus: machine.cpus, exitCode: 0 });
  // The log is where we said, and not where a comma cut the path.
  ok((await Deno.stat(machine.consoleLog)).isFile);
}

function forwards(): PortForward[] {
  return [
    { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: freePort(), guestPort: 80 },
    { protocol: "tcp", hostAddress: "0.0.0.0", hostPort: freePort(), guestPort: 81 },
    { protocol: "udp", hostAddress: "127.0.0.1", hostPort: freePort(), guestPort: 53 },
  ];
}
