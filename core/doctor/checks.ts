/** Checking whether this host can do what cubic needs, and whether what is on disk is sound. */
import type { App } from "../app.ts";
import { describeFailure, isCubicError } from "../errors.ts";
import { findLeftovers } from "../instances/store.ts";
import { listInstances } from "../instances/inspect.ts";
import { hostResources } from "../instances/resources.ts";
import { findProgram, installCommand, type Requirement } from "../programs.ts";
import { findObstacle, readVerdict } from "../qemu/accelerator.ts";
import { findFirmware } from "../qemu/firmware.ts";
import { probeQemu } from "../qemu/locate.ts";
import { formatSize } from "../size.ts";
import { findStale } from "./stale.ts";

/** What one check found. */
export interface Finding {
  readonly check: string;
  /** ok; warning: works, but less well; problem: does not work. */
  readonly level: "ok" | "warning" | "problem";
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** Less memory than this is too little for the smallest cloud image beside the host's own work. */
const LITTLE_MEMORY = 1024 ** 3;

/** Every check, in the order in which a person would mend things. */
export async function checkHost(app: App): Promise<Finding[]> {
  const checks: Readonly<Record<string, (app: App) => Finding | Promise<Finding | Finding[]>>> = {
    "QEMU": checkQemu,
    "qemu-img": checkQemuImg,
    "UEFI firmware": checkFirmware,
    "Acceleration": checkAccelerator,
    "Processors and memory": checkMemory,
    "Building images": checkBuildTools,
    "Instances": checkInstances,
    "Leftovers": checkLeftovers,
  };
  const findings = Object.entries(checks).map(async ([check, look]) => {
    try {
      return await look(app);
    } catch (error) {
      // A doctor that falls ill itself helps nobody.
      return fromError(check, error);
    }
  });
  return (await Promise.all(findings)).flat();
}

async function checkQemu(app: App): Promise<Finding> {
  const { program, version, sandbox } = await probeQemu(app.host, app.paths, app.host.arch);
  const text = `${version} at ${program}${sandbox ? ", confined by seccomp" : ""}`;
  return { check: "QEMU", level: "ok", text };
}

async function checkQemuImg(app: App): Promise<Finding> {
  const program = await findProgram(app.host, "qemu-img");
  if (program) return { check: "qemu-img", level: "ok", text: program };
  return await missing(app, "qemu-img", "problem", "not installed", "qemu-img");
}

async function checkFirmware(app: App): Promise<Finding> {
  try {
    const { program } = await probeQemu(app.host, app.paths, app.host.arch);
    const { code } = await findFirmware(app.host, program, app.host.arch);
    return { check: "UEFI firmware", level: "ok", text: code };
  } catch (error) {
    if (isCubicError(error, "qemu-missing")) {
      return await missing(app, "UEFI firmware", "problem", "not looked for without QEMU", "qemu");
    }
    throw error;
  }
}

async function checkAccelerator(app: App): Promise<Finding> {
  const check = "Acceleration";
  const name = app.host.os === "darwin" ? "hvf" : "kvm";
  const obstacle = await findObstacle(app.host, app.host.arch);
  if (obstacle) {
    const text = `none, guests are emulated: ${obstacle.what}`;
    return { check, level: "warning", text, remedy: obstacle.remedy };
  }
  const verdict = await verdictOf(app);
  if (!verdict) {
    return { check, level: "ok", text: `${name} can be opened; the first start will try it` };
  }
  if (verdict.works) return { check, level: "ok", text: `${name} runs guests` };
  return {
    check,
    level: "warning",
    text: `none, guests are emulated: ${name} can't run a guest here (${verdict.reason})`,
    remedy:
      "If this host is itself a virtual machine, its host must allow nested virtualisation. " +
      "`cubic doctor --fix` forgets this verdict, so that the next start tries again.",
  };
}

async function verdictOf(app: App): ReturnType<typeof readVerdict> {
  try {
    const { arch } = app.host;
    const { program } = await probeQemu(app.host, app.paths, arch);
    const { code } = await findFirmware(app.host, program, arch);
    return await readVerdict(app.paths, { qemu: program, firmware: code, arch });
  } catch {
    return undefined;
  }
}

function checkMemory(): Finding {
  const { threads, memory, availableMemory } = hostResources();
  const text = `${threads} processors, ${formatSize(availableMemory)} of ${
    formatSize(memory)
  } free`;
  const check = "Processors and memory";
  if (availableMemory >= LITTLE_MEMORY) return { check, level: "ok", text };
  return { check, level: "warning", text, remedy: "Stop an instance or another large program." };
}

async function checkBuildTools(app: App): Promise<Finding> {
  const tools = ["mmdebstrap", "mformat", "mke2fs", "sfdisk"];
  const absent: string[] = [];
  for (const tool of tools) if (!(await findProgram(app.host, tool))) absent.push(tool);
  const check = "Building images";
  if (absent.length === 0) return { check, level: "ok", text: "all tools are there" };
  const text = `only needed for \`cubic image build\`: ${absent.join(", ")} missing`;
  return await missing(app, check, "warning", text, "image-build");
}

async function checkInstances(app: App): Promise<Finding[]> {
  const check = "Instances";
  const list = await listInstances(app);
  const findings = list.flatMap((entry): Finding[] => {
    if ("problem" in entry) {
      const remedy = `Mend the file, or \`cubic delete ${entry.name}\`.`;
      return [{ check, level: "problem", text: entry.problem, remedy }];
    }
    const { state } = entry.status;
    if (state !== "crashed" && state !== "unresponsive") return [];
    const remedy = `\`cubic stop --kill ${entry.name}\` ends it.`;
    return [{ check, level: "problem", text: `${entry.name} is ${state}`, remedy }];
  });
  return findings.length > 0
    ? findings
    : [{ check, level: "ok", text: `${list.length}, all sound` }];
}

async function checkLeftovers(app: App): Promise<Finding> {
  const check = "Leftovers";
  const found = [...await findLeftovers(app.paths), ...await findStale(app)];
  if (found.length === 0) return { check, level: "ok", text: "none" };
  return {
    check,
    level: "warning",
    text: `of commands that were killed:\n${found.join("\n")}`,
    remedy: "`cubic doctor --fix` removes them.",
  };
}

async function missing(
  app: App,
  check: string,
  level: Finding["level"],
  text: string,
  requirement: Requirement,
): Promise<Finding> {
  return { check, level, text, remedy: await installCommand(app.host, requirement) };
}

function fromError(check: string, error: unknown): Finding {
  const { message, hint } = describeFailure(`check this: ${check}`, error);
  return { check, level: "problem", text: message, ...(hint !== undefined && { remedy: hint }) };
}
