/** Which IP addresses are not of the public internet: the registries of RFC 6890 as kept by IANA. Pure. */

/** First address and prefix length of each IPv4 block that is not global. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** The same for IPv6; of all others only 2000::/3 is global. */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
];
const GLOBAL_V6 = ["2000::", 3] as const;
/** Blocks in which an IPv4 address is written as an IPv6 one: mapped, and translated (RFC 6052). */
const CARRIES_V4: readonly (readonly [string, number])[] = [["::ffff:0:0", 96], ["64:ff9b::", 96]];
/** 6to4 (RFC 3056) has the IPv4 address in its second to fourth group. */
const SIX_TO_FOUR = ["2002::", 16] as const;

/** True for an address no public server has; also for text that is no address. */
export function isPrivateAddress(text: string): boolean {
  const v4 = parseV4(text);
  if (v4 !== undefined) return isPrivateV4(v4);
  const v6 = parseV6(text.replace(/%.*$/, ""));
  if (v6 === undefined) return true;
  if (CARRIES_V4.some((block) => inV6(v6, block))) return isPrivateV4(Number(v6 & 0xffffffffn));
  if (inV6(v6, SIX_TO_FOUR)) return isPrivateV4(Number((v6 >> 80n) & 0xffffffffn));
  return !inV6(v6, GLOBAL_V6) || PRIVATE_V6.some((block) => inV6(v6, block));
}

function isPrivateV4(address: number): boolean {
  return PRIVATE_V4.some(([first, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(address / size) === Math.floor((parseV4(first) ?? 0) / size);
  });
}

function inV6(address: bigint, [first, length]: readonly [string, number]): boolean {
  const shift = BigInt(128 - length);
  return address >> shift === (parseV6(first) ?? 0n) >> shift;
}

function parseV4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  if (numbers.some((number) => number > 255)) return undefined;
  return numbers.reduce((sum, number) => sum * 256 + number, 0);
}

function parseV6(text: string): bigint | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = tail ? parseV4(tail[2] ?? "") : 0;
  if (v4 === undefined) return undefined;
  const plain = tail ? `${tail[1]}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}` : text;
  const [head = "", rest, surplus] = plain.split("::");
  if (surplus !== undefined) return undefined;
  const before = head === "" ? [] : head.split(":");
  const after = rest === undefined || rest === "" ? [] : rest.split(":");
  const missing = 8 - before.length - after.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<string>(missing).fill("0"), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
