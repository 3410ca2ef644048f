import { equal, match } from "node:assert/strict";
import { changelogFile, controlFile, copyrightFile, debVersion } from "./deb_fields.ts";

const FACTS = {
  version: "1.2.0-rc.1",
  arch: "amd64",
  maintainer: "A B <a@b.example>",
  epoch: 1_700_000_000,
  installedSize: 7,
} as const;

Deno.test("debVersion puts a release candidate before its release", () => {
  equal(debVersion("1.2.0"), "1.2.0");
  equal(debVersion("1.2.0-rc.1"), "1.2.0~rc.1");
});

Deno.test("the control file depends on QEMU and firmware of its architecture", () => {
  const amd64 = controlFile(FACTS);
  match(amd64, /^Depends: .*\bqemu-system-x86, qemu-utils, ovmf$/m);
  match(amd64, /^Version: 1\.2\.0~rc\.1\nArchitecture: amd64\nMaintainer: A B <a@b\.example>$/m);
  match(amd64, /^Recommends: mmdebstrap, .*\bdebian-archive-keyring$/m);
  equal(amd64.includes("Homepage"), false);
  const arm64 = controlFile({ ...FACTS, arch: "arm64", homepage: "https://x.example" });
  match(arm64, /^Depends: .*\bqemu-system-arm, qemu-utils, qemu-efi-aarch64$/m);
  match(arm64, /^Homepage: https:\/\/x\.example$/m);
});

Deno.test("changelog and copyright have the form that Debian's tools read", async () => {
  equal(
    changelogFile(FACTS),
    "cubic (1.2.0~rc.1) unstable; urgency=medium\n\n" +
      "  * Version 1.2.0-rc.1; CHANGELOG.md.gz tells what is new.\n\n" +
      " -- A B <a@b.example>  Tue, 14 Nov 2023 22:13:20 +0000\n",
  );
  const license = await Deno.readTextFile(new URL("../../LICENSE", import.meta.url));
  match(
    copyrightFile(license),
    /^Files: \*\nCopyright: 20.*\nLicense: MIT\n Permission is[\s\S]*\n \.\n THE SOFTWARE IS/m,
  );
});
