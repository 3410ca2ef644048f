/** A real QEMU that was started and whose guest has not run its first instruction. */
import { join } from "node:path";
import { isoImage } from "../../core/cloudinit/iso9660.ts";
import { type Arch, realHost } from "../../core/host.ts";
import { qemuArgs } from "../../core/qemu/args.ts";
import { findFirmware } from "../../core/qemu/firmware.ts";
import { findQemu } from "../../core/qemu/locate.ts";
import type { Machine } from "../../core/qemu/machine.ts";
import { connectQmp, isListening, queryStatus } from "../../core/qemu/qmp.ts";
import { startChild } from "./child.ts";
import { sampleMachine } from "./machine.ts";

/** What a QEMU said that was started stopped, asked and told to quit. */
export interface Answer {
  readonly status: string;
  readonly cpus: number;
  readonly exitCode: number;
}

/** A machine whose files are all in this directory, with the firmware of this host; without variables on request. */
export async function makeMachine(
  dir: string,
  arch: Arch,
  changes: Partial<Machine> & { readonly stateless?: boolean },
): Promise<Machine> {
  const host = realHost();
  const { code, codeFormat, varsTemplate } = await findFirmware(
    host,
    await findQemu(host, arch),
    arch,
  );
  const { stateless, ...rest } = changes;
  const [disk, seed, vars] = ["disk.qcow2", "seed.iso", "vars.fd"].map((name) => join(dir, name));
  await host.run("qemu-img", ["create", "-q", "-f", "qcow2", disk!, "64M"]);
  await Deno.writeFile(seed!, isoImage("cidata", { "meta-data": "", "user-data": "" }));
  if (varsTemplate) await Deno.copyFile(varsTemplate.path, vars!);
  return sampleMachine({
    arch,
    accelerator: "tcg",
    memory: 256 * 1024 ** 2,
    firmware: {
      ...{ code, codeFormat },
      ...(varsTemplate && !stateless && { vars: { path: vars!, format: varsTemplate.format } }),
    },
    ...{ disk: disk!, seed: seed! },
    qmpSocket: join(dir, "qmp"),
    consoleSocket: join(dir, "con"),
    consoleLog: join(dir, "console.log"),
    pidFile: join(dir, "qemu.pid"),
    sshPort: freePort(),
    sandbox: false,
    ...rest,
  });
}

/** Starts it with its processors stopped, asks how it is, and has it quit; ends it whatever happens. */
export async function askStopped(machine: Machine): Promise<Answer> {
  const host = realHost();
  await using child = startChild(
    await findQemu(host, machine.arch),
    [...qemuArgs(machine), "-S"],
  );
  const deadline = performance.now() + 60_000;
  let ended = false;
  child.process.status.then(() => ended = true);
  while (!(await isListening(machine.qmpSocket))) {
    if (ended) throw new Error("QEMU ended; what it said is above");
    if (performance.now() > deadline) throw new Error("QEMU did not listen within a minute");
    await host.sleep(5);
  }
  let answer: Omit<Answer, "exitCode">;
  {
    await using qmp = await connectQmp(machine.qmpSocket, 30_000);
    const { status } = await queryStatus(qmp);
    const cpus = await qmp.execute("query-cpus-fast") as readonly unknown[];
    answer = { status, cpus: cpus.length };
    await qmp.execute("quit");
  }
  const { code } = await child.process.status;
  return { ...answer, exitCode: code };
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
