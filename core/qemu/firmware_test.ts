import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { dirname, join } from "node:path";
import type { Arch } from "../host.ts";
import { findFirmware, type Firmware, suitableFirmware } from "./firmware.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const FIXTURES = join(import.meta.dirname!, "../../tests/fixtures/firmware");

/** The one descriptor of each vendor that fits, by architecture. */
const RIGHT: Readonly<Record<string, Partial<Record<Arch, string>>>> = {
  debian: {
    amd64: "/usr/share/OVMF/OVMF_CODE_4M.fd",
    arm64: "/usr/share/AAVMF/AAVMF_CODE.fd",
  },
  fedora: {
    amd64: "/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2",
    arm64: "/usr/share/edk2/aarch64/QEMU_EFI-silent-pflash.qcow2",
  },
  arch: { amd64: "/usr/share/edk2/x64/OVMF_CODE.4m.fd" },
  homebrew: {
    amd64: "/opt/homebrew/Cellar/qemu/9.2.0/share/qemu/edk2-x86_64-code.fd",
    arm64: "/opt/homebrew/Cellar/qemu/9.2.0/share/qemu/edk2-aarch64-code.fd",
  },
};

for (const [vendor, codes] of Object.entries(RIGHT)) {
  Deno.test(`suitableFirmware() takes of ${vendor}'s descriptors the one without secure boot`, async () => {
    for (const arch of ["amd64", "arm64"] as const) {
      const offers: Firmware[] = [];
      for await (const { name } of Deno.readDir(join(FIXTURES, vendor))) {
        const text = await Deno.readTextFile(join(FIXTURES, vendor, name));
        const offer = suitableFirmware(JSON.parse(text), arch);
        if (offer) offers.push(offer);
      }
      const code = codes[arch];
      deepEqual(offers.map((offer) => offer.code), code === undefined ? [] : [code]);
      for (const { code, codeFormat, varsTemplate } of offers) {
        equal(codeFormat, code.endsWith(".qcow2") ? "qcow2" : "raw");
        equal(varsTemplate?.format, codeFormat);
      }
    }
  });
}

Deno.test("suitableFirmware() takes firmware that keeps no variables as it is", () => {
  const descriptor = {
    "interface-types": ["uefi"],
    mapping: {
      device: "flash",
      mode: "stateless",
      executable: { filename: "/fw", format: "raw" },
    },
    targets: [{ architecture: "x86_64", machines: ["pc-q35-*"] }],
  };
  deepEqual(suitableFirmware(descriptor, "amd64"), { code: "/fw", codeFormat: "raw" });
  equal(suitableFirmware(descriptor, "arm64"), undefined);
});

Deno.test("findFirmware() goes by file name, and the user's directory hides the package's", async () => {
  await using place = await makePlace();
  await place.putFirmware("share", "00-b.json", "package-b");
  match((await place.find()).code, /package-b\.fd$/);
  await place.putFirmware("share", "00-a.json", "package-a");
  match((await place.find()).code, /package-a\.fd$/);
  await place.putFirmware("user", "00-a.json", "user-a");
  match((await place.find()).code, /user-a\.fd$/);
  // An empty file hides the name on purpose.
  await Deno.writeTextFile(join(place.user, "00-a.json"), "");
  match((await place.find()).code, /package-b\.fd$/);
});

Deno.test("findFirmware() passes over damaged descriptors and files that are not there", async () => {
  await using place = await makePlace();
  const garbage = ["{", "null", "[]", "42", '{"targets": 1, "interface-types": "uefi"}', "\0"];
  for (const [index, text] of garbage.entries()) {
    await Deno.writeTextFile(join(place.share, `00-${index}.json`), text);
  }
  await Deno.mkdir(join(place.share, "00-directory.json"));
  await place.putFirmware("share", "01-gone.json", "gone");
  await Deno.remove(join(place.prefix, "share/qemu/gone.fd"));
  await place.putFirmware("share", "02-right.json", "right");
  match((await place.find()).code, /right\.fd$/);
});

Deno.test("findFirmware() finds the files of a QEMU that was moved after it was built", async () => {
  await using place = await makePlace();
  await place.putFirmware("share", "00-moved.json", "moved", "/build/prefix/share/qemu");
  deepEqual(await place.find(), {
    code: join(place.prefix, "share/qemu/moved.fd"),
    codeFormat: "raw",
    varsTemplate: { path: join(place.prefix, "share/qemu/moved-vars.fd"), format: "raw" },
  });
});

Deno.test("findFirmware() uses the file that a variable names, and nothing else when that is gone", async () => {
  await using place = await makePlace();
  await place.putFirmware("share", "00-a.json", "package");
  const code = join(place.prefix, "own.fd");
  const variable = { CUBIC_QEMU_FW_AMD64: code };
  await rejects(place.find(variable), {
    code: "firmware-missing",
    hint: /CUBIC_QEMU_FW_AMD64/,
  });
  await Deno.writeTextFile(code, "");
  deepEqual(await place.find(variable), { code, codeFormat: "raw" });
  notEqual((await place.find({ CUBIC_QEMU_FW_ARM64: code })).code, code);
});

Deno.test("findFirmware() names the command that installs what no descriptor offers", async () => {
  await using place = await makePlace();
  await place.putFirmware("share", "00-other.json", "other");
  const path = join(place.share, "00-other.json");
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replaceAll("x86_64", "riscv64"));
  // An empty file hides the name: this host's own firmware is not found.
  for (const { name } of await systemDescriptors()) {
    await Deno.writeTextFile(join(place.user, name), "");
  }
  await rejects(place.find(), {
    code: "firmware-missing",
    message: "Cannot find UEFI firmware for amd64 guests",
    hint: /^Install it with:\n {2}.*install.*\nor name a code file in CUBIC_QEMU_FW_AMD64\.$/,
  });
});

async function systemDescriptors(): Promise<Deno.DirEntry[]> {
  const found = ["/etc/qemu/firmware", "/usr/share/qemu/firmware", "/usr/local/share/qemu/firmware"]
    .map((path) => Array.fromAsync(Deno.readDir(path)).catch(() => []));
  return (await Promise.all(found)).flat();
}

interface Place extends AsyncDisposable {
  readonly prefix: string;
  readonly share: string;
  readonly user: string;
  putFirmware(
    where: "share" | "user",
    name: string,
    firmware: string,
    named?: string,
  ): Promise<void>;
  find(env?: Readonly<Record<string, string>>): Promise<Firmware>;
}

/** A QEMU installed under a prefix of its own, and a user with settings. */
async function makePlace(): Promise<Place> {
  const dir = await makeTempDir();
  const prefix = join(dir.path, "prefix");
  const share = join(prefix, "share/qemu/firmware");
  const user = join(dir.path, "config/qemu/firmware");
  const qemu = join(prefix, "bin/qemu-system-x86_64");
  for (const path of [share, user, dirname(qemu)]) await Deno.mkdir(path, { recursive: true });
  await Deno.writeTextFile(qemu, "");
  return {
    ...{ prefix, share, user },
    async putFirmware(where, name, firmware, named = join(prefix, "share/qemu")) {
      for (const file of [`${firmware}.fd`, `${firmware}-vars.fd`]) {
        await Deno.writeTextFile(join(prefix, "share/qemu", file), "");
      }
      const descriptor = {
        "interface-types": ["uefi"],
        mapping: {
          device: "flash",
          executable: { filename: `${named}/${firmware}.fd`, format: "raw" },
          "nvram-template": { filename: `${named}/${firmware}-vars.fd`, format: "raw" },
        },
        targets: [{ architecture: "x86_64", machines: ["pc-q35-*"] }],
        features: ["acpi-s3"],
      };
      const directory = where === "share" ? share : user;
      await Deno.writeTextFile(join(directory, name), JSON.stringify(descriptor));
    },
    async find(env = {}) {
      await using temp = await makeTempApp();
      const own: Readonly<Record<string, string>> = {
        XDG_CONFIG_HOME: join(dir.path, "config"),
        ...env,
      };
      return await findFirmware({ ...temp.app.host, env: (name) => own[name] }, qemu, "amd64");
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
