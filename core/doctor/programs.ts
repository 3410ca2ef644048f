/** The programs of the host: QEMU, qemu-img, firmware, and what builds images. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import { findProgram, installCommand, type Requirement } from "../programs.ts";
import { findFirmware } from "../qemu/firmware.ts";
import { probeQemu } from "../qemu/locate.ts";
import type { Check, Found } from "./finding.ts";
import { readableInstances } from "./readable.ts";

/** QEMU for this host's architecture, and for that of every instance. */
export const qemuCheck: Check = {
  name: "QEMU",
  about: "host",
  look: (app) =>
    forEachArch(app, async (arch) => {
      const { program, version, sandbox } = await probeQemu(app.host, app.paths, arch);
      return `${version} at ${program}${sandbox ? ", confined by seccomp" : ""}`;
    }),
};

/** qemu-img, of the same QEMU. */
export const qemuImgCheck: Check = {
  name: "qemu-img",
  about: "host",
  async look(app) {
    const program = await findProgram(app.host, "qemu-img");
    if (!program) return [await missing(app, "problem", "not installed", "qemu-img")];
    const { stdout } = await app.host.run(program, ["--version"]);
    const version = /version (\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? "of an unknown version";
    const qemu = await probeQemu(app.host, app.paths, app.host.arch).catch(() => undefined);
    if (qemu === undefined || qemu.version === version) {
      return [{ level: "ok", text: `${version} at ${program}` }];
    }
    const text = `${version} at ${program}, but QEMU is ${qemu.version}: two installations`;
    const remedy = "Point CUBIC_QEMU_DIR at the directory that has both.";
    return [{ level: "note", text, remedy }];
  },
};

/** Firmware for this host's architecture, and for that of every instance. */
export const firmwareCheck: Check = {
  name: "UEFI firmware",
  about: "host",
  look: (app) =>
    forEachArch(app, async (arch) => {
      const { program } = await probeQemu(app.host, app.paths, arch).catch(async (error) => {
        throw isCubicError(error, "qemu-missing") ? await firmwareUnknown(app, arch) : error;
      });
      return (await findFirmware(app.host, program, arch)).code;
    }),
};

/** What only `cubic image build` needs. */
export const buildToolsCheck: Check = {
  name: "Building images",
  about: "host",
  async look(app) {
    const tools = ["mmdebstrap", "mformat", "mke2fs", "sfdisk"];
    const found = await Promise.all(tools.map((tool) => findProgram(app.host, tool)));
    const absent = tools.filter((_, index) => found[index] === undefined);
    if (absent.length === 0) return [{ level: "ok", text: "all tools are there" }];
    const text = `only needed for \`cubic image build\`: ${absent.join(", ")} missing`;
    return [await missing(app, "note", text, "image-build")];
  },
};

/** A host without what its own architecture needs runs nothing; without another's it runs most. */
async function forEachArch(
  app: App,
  look: (arch: Arch) => Promise<string>,
): Promise<readonly Found[]> {
  const own = app.host.arch;
  return await Promise.all([...await arches(app)].map(async (arch): Promise<Found> => {
    try {
      const text = await look(arch);
      return { level: "ok", text: arch === own ? text : `for ${arch}: ${text}` };
    } catch (error) {
      if (!(error instanceof CubicError)) throw error;
      const { message: text, hint } = error;
      const level = arch === own ? "problem" : "warning";
      return { level, text, ...(hint !== undefined && { remedy: hint }) };
    }
  }));
}

async function arches(app: App): Promise<ReadonlySet<Arch>> {
  // Where the instances can't even be listed, the check of instances says so.
  const instances = await readableInstances(app).catch(() => []);
  return new Set([app.host.arch, ...instances.map(({ arch }) => arch)]);
}

async function firmwareUnknown({ host }: App, arch: Arch): Promise<CubicError> {
  return new CubicError("firmware-missing", "not looked for without QEMU", {
    hint: await installCommand({ ...host, arch }, "qemu"),
  });
}

async function missing(
  app: App,
  level: Found["level"],
  text: string,
  requirement: Requirement,
): Promise<Found> {
  return { level, text, remedy: await installCommand(app.host, requirement) };
}
