/**
 * Arch Linux's cloud image, made every two weeks (https://gitlab.archlinux.org/archlinux/arch-boxes), for amd64 alone.
 * `images/latest/` has it under a name without the date, with `.SHA256` and `.sig` beside it.
 *
 * The signature used is the one of the image, which fits it under either name; whether the one of `.SHA256` was made for
 * the dated name or for this one is written nowhere. arch-boxes prints its key in its README alone, so it comes from a
 * keyserver.
 */
import type { Distro } from "../plugins/contract.ts";
import { checksumOf } from "../plugins/kit.ts";

const FILE = "Arch-Linux-x86_64-cloudimg.qcow2";
const FINGERPRINT = "1B9A16984A4E8CB448712D2AE0B78BF4326C6F8F";
const KEYSERVER = "keyserver.ubuntu.com";

/** Arch Linux, signed by the key of its image builder. */
export const archlinux: Distro = {
  contract: 1,
  name: "archlinux",
  title: "Arch Linux",
  aliases: ["arch"],
  baseUrl: "https://geo.mirror.pkgbuild.com",
  hosts: [KEYSERVER],
  guest: { minimumMemory: 512 * 1024 * 1024 },
  releases: () =>
    Promise.resolve([{ version: "rolling", tags: ["stable", "latest"], arches: ["amd64"] }]),
  async image({ baseUrl, fetchText }) {
    const url = `${baseUrl}/images/latest/${FILE}`;
    return {
      url,
      format: "qcow2",
      checksum: checksumOf(await fetchText(`${url}.SHA256`), FILE),
      signature: {
        signs: "image",
        detached: `${url}.sig`,
        keys: [{
          fingerprint: FINGERPRINT,
          url: `https://${KEYSERVER}/pks/lookup?op=get&options=mr&search=0x${FINGERPRINT}`,
        }],
      },
    };
  },
};
