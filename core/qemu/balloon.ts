/** What the guest itself says of its memory: statistics of the virtio balloon driver (virtio 1.2, section 5.5.6.4). */
import type { Qmp } from "./qmp.ts";

/** A guest's memory as its kernel counts it, in bytes. */
export interface GuestMemory {
  /** What is not to be had for new programs: all but `MemAvailable`. */
  readonly used: number;
  readonly total: number;
}

interface GuestStats {
  /** Seconds since 1970; 0 when there was no answer yet. */
  readonly "last-update": number;
  readonly stats: Readonly<Record<string, number>>;
}

/** Seconds between QEMU's questions to the guest while somebody wants to know. */
const INTERVAL_S = 1;
/** An answer that is older was given to somebody else, or the driver has gone silent. */
const FRESH_S = 15;
/** QEMU's "unknown" is 2^64 - 1, which JSON's numbers hold only roughly. */
const UNKNOWN = 2 ** 63;

/** Where the balloon is in QEMU's tree of objects; undefined when the machine has none. */
export async function findBalloon(qmp: Qmp): Promise<string | undefined> {
  for (const parent of ["/machine/peripheral", "/machine/peripheral-anon"]) {
    const children = await qmp.execute("qom-list", { path: parent }) as readonly {
      readonly name: string;
      readonly type: string;
    }[];
    const found = children.find(({ type }) => /^child<virtio-balloon-pci/.test(type));
    if (found) return `${parent}/${found.name}`;
  }
  return undefined;
}

/** Has QEMU ask the guest every second from now on; the first answer comes after the first second. */
export async function beginGuestStats(qmp: Qmp, path: string): Promise<void> {
  await setInterval(qmp, path, INTERVAL_S);
}

/** Has QEMU leave the guest alone again. */
export async function endGuestStats(qmp: Qmp, path: string): Promise<void> {
  await setInterval(qmp, path, 0);
}

async function setInterval(qmp: Qmp, path: string, value: number): Promise<void> {
  await qmp.execute("qom-set", { path, property: "guest-stats-polling-interval", value });
}

/** The last answer; undefined when there is none of the last seconds. `now` is in milliseconds since 1970. */
export async function guestMemory(
  qmp: Qmp,
  path: string,
  now: number,
): Promise<GuestMemory | undefined> {
  const answer = await qmp.execute("qom-get", { path, property: "guest-stats" }) as GuestStats;
  return readGuestStats(answer, now);
}

/** Reads QEMU's answer. Pure. */
export function readGuestStats(
  { "last-update": updated, stats }: GuestStats,
  now: number,
): GuestMemory | undefined {
  if (Math.abs(now / 1000 - updated) > FRESH_S) return undefined;
  const total = known(stats["stat-total-memory"]);
  // Drivers before Linux 4.6 do not tell what is available.
  const available = known(stats["stat-available-memory"]) ?? known(stats["stat-free-memory"]);
  if (total === undefined || available === undefined) return undefined;
  return { used: Math.max(0, total - available), total };
}

function known(value: number | undefined): number | undefined {
  return value === undefined || value >= UNKNOWN ? undefined : value;
}
