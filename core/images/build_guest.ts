/**
 * What makes a Debian or Ubuntu root file system a cloud image: the packages, and the settings a vendor's own
 * image has too. Pure text; build_root.ts runs it.
 */
import type { Arch } from "../host.ts";
import type { Archive } from "./build_mirror.ts";

/** The file system label that boot loader, kernel and fstab find the root by. */
export const ROOT_LABEL = "cubic-root";

/** Where the boot loader is left for the boot partition; removed from the root file system. */
export const BOOT_LOADER = "boot/cubic-boot.efi";

/** The name UEFI looks for on a disk without boot entries (UEFI 2.10, 3.5.1.1). */
export function efiFile(arch: Arch): string {
  return arch === "amd64" ? "BOOTX64.EFI" : "BOOTAA64.EFI";
}

/** What an image is made of. */
export interface GuestRequest {
  readonly archive: Archive;
  readonly codename: string;
  readonly arch: Arch;
  /** Packages the user wants beside the usual ones. */
  readonly packages: readonly string[];
}

/** The packages of an image, beside apt's "important" ones. */
export function guestPackages(
  { archive, codename, arch, packages }: GuestRequest,
): string[] {
  const kernel = archive.id === "debian" ? `linux-image-cloud-${arch}` : "linux-virtual";
  return [
    kernel,
    "initramfs-tools",
    "zstd",
    `grub-efi-${arch}-bin`,
    "cloud-init",
    "cloud-guest-utils",
    "systemd-sysv",
    "udev",
    "dbus",
    "libpam-systemd",
    "openssh-server",
    "sudo",
    "ca-certificates",
    "iproute2",
    "netbase",
    ...(usesIfupdown(archive, codename)
      ? ["ifupdown", "isc-dhcp-client"]
      : ["netplan.io", "systemd-resolved"]),
    ...packages,
  ];
}

/**
 * Up to bookworm. Later releases of cloud-init ask for DHCPv6 too where nothing else is said, and dhclient waits five
 * minutes for an answer that QEMU's network never gives; networkd takes the first address.
 */
function usesIfupdown(archive: Archive, codename: string): boolean {
  return archive.id === "debian" && ["bullseye", "bookworm"].includes(codename);
}

/**
 * The shell script that turns the unpacked packages into an image; `$1` is the root directory. It runs as root
 * there, with the packages' own programs through chroot.
 */
export function guestScript({ archive, codename, arch }: GuestRequest): string {
  const target = arch === "amd64" ? "x86_64-efi" : "arm64-efi";
  return `set -eu
root="$1"
${
    Object.entries(guestFiles(archive, codename, arch)).map(([path, text]) => writeFile(path, text))
      .join("")
  }
chroot "$root" systemctl --quiet enable ssh.service
${
    usesIfupdown(archive, codename)
      ? ""
      : NETWORKD
  }for unit in cloud-init-local cloud-init-main cloud-init cloud-init-network cloud-config cloud-final; do
  if [ -e "$root/lib/systemd/system/$unit.service" ]; then
    chroot "$root" systemctl --quiet enable "$unit.service"
  fi
done
# LVM snapshots are what it reaps: nothing here has any, and it competes with cloud-init at boot.
chroot "$root" systemctl --quiet disable e2scrub_reap.service 2>/dev/null || true
if [ -x "$root/usr/bin/systemd-repart" ]; then
  # Before anything else runs, and in a moment; growpart and resize2fs of cloud-init take seconds.
  mkdir -p "$root/etc/repart.d"
  printf '[Partition]\\nType=root\\n' > "$root/etc/repart.d/50-root.conf"
  printf 'LABEL=%s / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1\\n' '${ROOT_LABEL}' > "$root/etc/fstab"
  printf 'growpart: {mode: "off"}\\nresize_rootfs: false\\n' > "$root/etc/cloud/cloud.cfg.d/92_cubic_grow.cfg"
fi
chroot "$root" update-initramfs -u -k all
chroot "$root" grub-mkstandalone --format=${target} --output=/${BOOT_LOADER} --fonts= --locales= --themes= \\
  --modules="${GRUB_MODULES}" --install-modules="${GRUB_MODULES}" \\
  /boot/grub/grub.cfg=/tmp/cubic-grub.cfg
rm "$root/tmp/cubic-grub.cfg"
# Or systemd takes the first boot for an update of /usr and rebuilds caches that are fresh (systemd-update-done(8)).
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"
# Every machine makes its own.
: > "$root/etc/machine-id"
rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id "$root"/etc/resolv.conf
if [ -e "$root/usr/lib/systemd/systemd-resolved" ]; then
  ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
fi
rm -f "$root"/var/log/*.log "$root"/var/log/apt/*
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap
`;
}

/** ifupdown is an "important" package; while it is there cloud-init configures it and nothing else. */
const NETWORKD = `chroot "$root" dpkg --purge ifupdown
chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service
`;

const GRUB_MODULES =
  "normal part_gpt ext2 fat search search_label linux configfile echo test ls cat gzio";

/** Files of the image by path; every one is world-readable. */
function guestFiles(archive: Archive, codename: string, arch: Arch): Record<string, string> {
  return {
    "tmp/cubic-grub.cfg": grubConfig(arch),
    "etc/fstab": `LABEL=${ROOT_LABEL} / ext4 rw,discard,errors=remount-ro 0 1\n`,
    "etc/hostname": `${archive.id}\n`,
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    ...(usesIfupdown(archive, codename) && {
      "etc/network/interfaces":
        "auto lo\niface lo inet loopback\nsource-directory /etc/network/interfaces.d\n",
    }),
    // Both names cost time at boot and are wrong here: no other data source can exist under cubic, and a
    // search for one tries the network.
    "etc/cloud/cloud.cfg.d/90_cubic_datasource.cfg": "datasource_list: [NoCloud, None]\n",
    // Work the vendor's images do at first boot that this one brings done: its locale, its apt sources, its
    // boot loader. A user's own cloud-config overrides each.
    "etc/cloud/cloud.cfg.d/91_cubic_defaults.cfg": [
      "locale: false",
      "apt: {preserve_sources_list: true}",
      "grub_dpkg: {enabled: false}",
      "manage_etc_hosts: localhost",
      "ssh_genkeytypes: [ed25519]",
      "no_ssh_fingerprints: true",
      "ssh: {emit_keys_to_console: false}",
      "",
    ].join("\n"),
  };
}

/** The links /vmlinuz and /initrd.img follow kernel upgrades; a grub.cfg of the guest's own goes first. */
function grubConfig(arch: Arch): string {
  const serial = arch === "amd64" ? "ttyS0,115200" : "ttyAMA0,115200";
  const kernel = `root=LABEL=${ROOT_LABEL} ro console=tty0 console=${serial}`;
  return `search --no-floppy --label --set=root ${ROOT_LABEL}
if [ -e /boot/grub/grub.cfg ]; then
  configfile /boot/grub/grub.cfg
elif [ -e /vmlinuz ]; then
  linux /vmlinuz ${kernel}
  initrd /initrd.img
else
  linux /boot/vmlinuz ${kernel}
  initrd /boot/initrd.img
fi
boot
`;
}

function writeFile(path: string, text: string): string {
  const directory = path.slice(0, path.lastIndexOf("/"));
  return `mkdir -p "$root/${directory}"
cat > "$root/${path}" <<'END_OF_FILE'
${text}END_OF_FILE
`;
}
