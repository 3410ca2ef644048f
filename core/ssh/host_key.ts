/** The one host key that is accepted, and what to say of any other. */
import { CubicError } from "../errors.ts";
import { fingerprint, fingerprintOfBlob, publicKeyBlob } from "./keys.ts";
import type { SshTarget } from "./target.ts";

/** True when a server's key, as it goes over the wire, is the one that is known. */
export function isHostKey({ hostKey }: SshTarget, key: Uint8Array): boolean {
  const known = publicKeyBlob(hostKey);
  return known.length === key.length && known.every((byte, index) => byte === key[index]);
}

/** The error for a server that has another key. */
export async function wrongHostKey(target: SshTarget, key: Uint8Array): Promise<CubicError> {
  const [seen, known] = [
    await fingerprintOfBlob(new Uint8Array(key)),
    await fingerprint(target.hostKey),
  ];
  return new CubicError(
    "ssh-failed",
    `Cannot trust ${target.host}:${target.port}: it has another host key than this instance`,
    {
      details: `expected ${known}\ngot      ${seen}`,
      hint: "Another program may listen on this port, or the guest made itself a new key.",
    },
  );
}
