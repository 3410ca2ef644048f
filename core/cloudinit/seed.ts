/**
 * What a guest is told at its first boot, as cloud-init's NoCloud source reads it:
 * https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html
 */
import { isoImage } from "./iso9660.ts";

/** Everything the seed is made of. */
export interface SeedRequest {
  /** Changes when first-boot work should run again; the instance's uuid. */
  readonly instanceId: string;
  readonly hostName: string;
  readonly user: string;
  /** The address of the network card that QEMU gives the guest. */
  readonly mac: string;
  /** The public line of the client's key. */
  readonly authorizedKey: string;
  /** The guest's own host key, made by us so that the first connection can be verified. */
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string };
  /** What the image has that others have not. */
  readonly guest?: SeedGuest;
  /** A shell command to run once, at the end of the first boot. */
  readonly execute?: string;
  /** The disk was another instance's: what tells guests apart is made anew at the first boot. */
  readonly inherited?: boolean;
}

/** What differs between distributions. */
export interface SeedGuest {
  /** The user's login shell; "/bin/bash" when left out. */
  readonly shell?: string;
  /** How the user becomes root; "sudo" when left out. */
  readonly privilege?: "sudo" | "doas";
  /** Whether the network card is to be called eth0; true when left out. */
  readonly renameCard?: boolean;
}

/**
 * Makes a copied guest another one, once, before users and host keys are set up: what is not renewed by a new
 * instance-id alone is the machine's id (machine-id(5)), and the keys that let the original's owner log in.
 */
const FORGET_OTHER = [
  "cloud-init-per",
  "instance",
  "cubic-forget",
  "sh",
  "-c",
  [
    "if [ -s /etc/machine-id ]; then",
    "  tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id",
    "  if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then",
    "    cat /etc/machine-id >/var/lib/dbus/machine-id",
    "  fi",
    "fi",
    // Every key of cubic's own making ends with such a comment.
    "for keys in /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys; do",
    '  if [ -f "$keys" ]; then sed -i \'/ cubic-[[:alnum:]-]*$/d\' "$keys"; fi',
    "done",
  ].join("\n"),
];

/** The label by which cloud-init finds the seed. */
export const LABEL = "cidata";

/** The seed as a disk image. */
export function seedImage(request: SeedRequest): Uint8Array<ArrayBuffer> {
  return isoImage(LABEL, seedFiles(request));
}

/** The documents of the seed, by name. */
export function seedFiles(
  request: SeedRequest,
): Record<"meta-data" | "user-data" | "network-config", string> {
  return {
    "meta-data": metaData(request),
    "user-data": userData(request),
    "network-config": networkConfig(request),
  };
}

function metaData({ instanceId, hostName }: SeedRequest): string {
  return json({ "instance-id": instanceId, "local-hostname": hostName });
}

/**
 * Network configuration, version 2: IPv4 by DHCP, which is what slirp answers at once. Left to itself cloud-init
 * also asks for DHCPv6 in newer releases, and waits minutes for it. The name is set because the renderers for
 * distributions without netplan can't match by address; Ubuntu's netplan waits two minutes for a card that was renamed
 * under it (LP 2136392), and needs no name.
 */
function networkConfig({ mac, guest = {} }: SeedRequest): string {
  const name = guest.renameCard === false ? {} : { "set-name": "eth0" };
  const card = { match: { macaddress: mac }, ...name, dhcp4: true };
  return json({ version: 2, ethernets: { eth0: card } });
}

/**
 * Written as JSON, which is YAML: cloud-init reads YAML 1.1, where an unquoted `yes`, `on` or `1:30` turns
 * into something else.
 */
function userData(request: SeedRequest): string {
  return "#cloud-config\n" + json({
    users: [{
      name: request.user,
      gecos: request.user,
      shell: request.guest?.shell ?? "/bin/bash",
      ...privilege(request),
      // No password fits "*". A locked account ("!") could not log in by key where sshd does not use PAM (Alpine).
      lock_passwd: false,
      passwd: "*",
      ssh_authorized_keys: [request.authorizedKey],
    }],
    // Our host key and no other: nothing to trust on first use, and no RSA key to compute in a slow guest.
    ssh_deletekeys: true,
    ssh_keys: {
      ed25519_private: request.hostKey.privateKey,
      ed25519_public: request.hostKey.publicKey,
    },
    ssh_pwauth: false,
    // Otherwise sudo complains that the guest does not know its own name.
    manage_etc_hosts: "localhost",
    // What users expect of a fresh machine of their own, not of a cloud's: no surprise downloads at boot.
    package_update: false,
    ...(request.inherited && { bootcmd: [FORGET_OTHER] }),
    ...(request.execute !== undefined && { runcmd: [["sh", "-c", request.execute]] }),
  });
}

function privilege({ user, guest }: SeedRequest): Record<string, unknown> {
  if (guest?.privilege === "doas") return { doas: [`permit nopass ${user}`] };
  return { sudo: "ALL=(ALL) NOPASSWD:ALL" };
}

/** JSON may hold characters that YAML forbids (U+007F) or folds as line ends (U+0085): those are escaped. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, null, 1)
    .replace(
      /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return text + "\n";
}
