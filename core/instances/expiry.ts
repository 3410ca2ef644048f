/** Instances that were made for a time. Nothing removes them by itself: they are warned of, and pruned when asked. */
import type { Instance } from "./instance.ts";

/** When something expires that may live so many milliseconds from now: ISO 8601, UTC. Pure. */
export function expiryAfter(ttlMs: number, now: number): string {
  return new Date(now + ttlMs).toISOString();
}

/** True when its time is over. Pure. */
export function isExpired({ expires }: Pick<Instance, "expires">, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now;
}

/** What to say to who uses an instance whose time is over; undefined while it is not. Pure. */
export function expiryWarning(
  instance: Pick<Instance, "name" | "expires">,
  now: number,
): string | undefined {
  if (!isExpired(instance, now)) return undefined;
  return `${instance.name} expired at ${instance.expires}; the next \`cubic prune\` may delete it.`;
}
