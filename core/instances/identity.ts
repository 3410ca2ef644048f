/** What no two instances share: keys, network address, and the seed that brings them into the guest. */
import type { App } from "../app.ts";
import { writeNewFile } from "../atomic.ts";
import { seedImage } from "../cloudinit/seed.ts";
import { filesIn } from "../paths.ts";
import { generateKeyPair } from "../ssh/keys.ts";
import type { GuestFacts } from "../../plugins/contract.ts";
import type { Instance } from "./instance.ts";

/** What a seed says beside who the instance is. */
export interface FirstBoot {
  readonly guest: GuestFacts;
  /** A shell command to run once, as root, at the end of the first boot. */
  readonly execute?: string;
  /** The disk was another instance's, which has left its identity on it. */
  readonly inherited?: boolean;
}

/** Makes keys and seed of a new instance in its directory. */
export async function writeIdentity(
  dir: string,
  draft: Pick<Instance, "name" | "uuid" | "user" | "mac">,
  { guest, execute, inherited }: FirstBoot,
): Promise<void> {
  const files = filesIn(dir);
  const client = await generateKeyPair(`cubic-${draft.name}`);
  const host = await generateKeyPair(`${draft.name}-host-key`);
  const seed = seedImage({
    instanceId: draft.uuid,
    hostName: draft.name,
    user: draft.user,
    mac: draft.mac,
    authorizedKey: client.publicKey,
    hostKey: host,
    guest,
    ...(execute !== undefined && { execute }),
    ...(inherited && { inherited }),
  });
  await Promise.all([
    writeNewFile(files.clientKey, client.privateKey),
    writeNewFile(`${files.clientKey}.pub`, client.publicKey + "\n"),
    writeNewFile(files.hostKey, host.publicKey + "\n"),
    writeNewFile(files.seed, seed),
  ]);
}

/** What its distro says of its guests; of a file of the user's nothing is known. */
export function guestFacts({ distros }: Pick<App, "distros">, distro: string): GuestFacts {
  return distros.find(({ name }) => name === distro)?.guest ?? { minimumMemory: 0 };
}

/** In QEMU's own range, 52:54:00; random, so that guests can share a network one day. */
export function randomMac(): string {
  const tail = crypto.getRandomValues(new Uint8Array(3));
  return ["52", "54", "00", ...[...tail].map((byte) => byte.toString(16).padStart(2, "0"))].join(
    ":",
  );
}
