/** Finding QEMU and learning what this build of it can do. */
import { join } from "node:path";
import { ensureDir, readTextIfThere, writeAtomic } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import type { Arch, Host } from "../host.ts";
import type { Paths } from "../paths.ts";
import { findProgram, installCommand } from "../programs.ts";
import { qemuProgram } from "./args.ts";

/** A QEMU that was found. */
export interface Qemu {
  readonly program: string;
  /** As it says itself, such as "7.2.22". */
  readonly version: string;
  /** Whether it was built with seccomp and may use it here. */
  readonly sandbox: boolean;
  /** Changes whenever the program file does. */
  readonly stamp: string;
}

/**
 * The path of the QEMU program for guests of an architecture.
 * @throws CubicError "qemu-missing" with the command that installs it.
 */
export async function findQemu(host: Host, arch: Arch): Promise<string> {
  const program = await findProgram(host, qemuProgram(arch));
  if (program) return program;
  const own = host.env("CUBIC_QEMU_DIR");
  const why = own === undefined ? "QEMU is not installed" : `it is not in CUBIC_QEMU_DIR (${own})`;
  throw new CubicError("qemu-missing", `Cannot find ${qemuProgram(arch)}: ${why}`, {
    hint: `Install it with:\n  ${await installCommand({ ...host, arch }, "qemu")}` +
      (own === undefined ? "" : "\nand correct or unset CUBIC_QEMU_DIR."),
  });
}

/**
 * Finds QEMU and what it can do. Asking costs two short runs of QEMU, so the answer is kept until the program
 * file changes.
 * @throws CubicError "qemu-missing", or "qemu-failed" when it is there and can't even tell its version.
 */
export async function probeQemu(
  host: Host,
  paths: Pick<Paths, "cache">,
  arch: Arch,
): Promise<Qemu> {
  const program = await findQemu(host, arch);
  const stamp = await fileStamp(program);
  const path = join(paths.cache, `qemu-${arch}.json`);
  const known = await readTextIfThere(path);
  const cached = known === undefined ? undefined : parseQemu(known);
  if (cached?.stamp === stamp) return cached;
  const [version, sandbox] = await Promise.all([
    askVersion(host, program),
    trySandbox(host, program),
  ]);
  const qemu = { program, version, sandbox, stamp };
  await ensureDir(paths.cache);
  await writeAtomic(path, JSON.stringify(qemu));
  return qemu;
}

/** Path, size and time of a file: enough to see that it was replaced. */
export async function fileStamp(path: string): Promise<string> {
  const { size, mtime, ino } = await Deno.stat(path);
  return [path, size, mtime?.getTime() ?? 0, ino ?? 0].join(":");
}

function parseQemu(text: string): Qemu | undefined {
  try {
    const value = JSON.parse(text) as Partial<Qemu>;
    const { program, version, sandbox, stamp } = value;
    if (program === undefined || version === undefined || stamp === undefined) return undefined;
    return { program, version, sandbox: sandbox === true, stamp };
  } catch {
    return undefined;
  }
}

async function askVersion(host: Host, program: string): Promise<string> {
  const { code, stdout, stderr } = await host.run(program, ["--version"]);
  const version = /version (\d+(?:\.\d+)*)/.exec(stdout)?.[1];
  if (code === 0 && version !== undefined) return version;
  throw new CubicError("qemu-failed", `Cannot run ${program}: it ended with status ${code}`, {
    hint: "Install QEMU again, or point CUBIC_QEMU_DIR at the directory of another one.",
    details: stderr.trim(),
  });
}

/** The help text lists -sandbox even in builds without seccomp, so it has to be tried. */
async function trySandbox(host: Host, program: string): Promise<boolean> {
  if (host.os !== "linux") return false;
  const { code } = await host.run(program, [
    ...["-sandbox", "on", "-machine", "none", "-nodefaults", "-display", "none"],
    // Lists what there is and ends, after the sandbox was set up.
    ...["-device", "help"],
  ]);
  return code === 0;
}
