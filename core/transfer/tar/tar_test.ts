/** Our archives read by GNU tar and GNU tar's by us, and both by ourselves; then archives that mean harm. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../errors.ts";
import { makeRandom } from "../../../tests/support/random.ts";
import { makeTempDir } from "../../../tests/support/temp_dir.ts";
import { type Extent, pieces, type TreeEntry } from "../tree.ts";
import { encodeHeader } from "./header.ts";
import { membersToTree, safePath } from "./members.ts";
import { readTar, type TarMember } from "./reader.ts";
import { extensionMember, join as joinBytes, longName, padded, paxRecord } from "./records.ts";
import { type TarDialect, tarWriter } from "./writer.ts";

/** An entry with its data in hand. */
type Held = TreeEntry & { readonly bytes?: Uint8Array };

const PIECES = ["a", "-", " ", "é", "🙂", "'", "\\", "\n", ".", "*", "x".repeat(60), "%0A", "="];
const TIMES = [0, 1, -1, 1_700_000_000, 2 ** 31, 8 ** 11 - 1, 8 ** 11, -(2 ** 31)];

function randomEntries(seed: number): Held[] {
  const random = makeRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const word = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(PIECES)).join("").slice(0, 120);
  const entries: Held[] = [];
  const directories = [""];
  for (let index = 0; index < 40; index++) {
    const path = `${pick(directories)}${index}${word()}`;
    const facts = { path, mode: Math.floor(random() * 0o10000), mtime: pick(TIMES) };
    const kind = random();
    if (kind < 0.2) {
      entries.push({ ...facts, kind: "directory" });
      directories.push(`${path}/`);
    } else if (kind < 0.4) {
      entries.push({ ...facts, kind: "symlink", target: word().repeat(1 + index % 3) });
    } else entries.push(randomFile(facts, random));
  }
  return entries;
}

function randomFile(
  facts: Pick<TreeEntry, "path" | "mode" | "mtime">,
  random: () => number,
): Held {
  const extents: Extent[] = [];
  const sparse = random() < 0.4;
  // Extents of real files are; the others are written with their zeros.
  const aligned = random() < 0.8;
  let end = 0;
  for (let count = 0; count < (sparse ? 1 + random() * 5 : 1); count++) {
    const unit = aligned ? 512 : 1;
    const offset = sparse ? Math.ceil((end + 1 + random() * 9000) / unit) * unit : 0;
    const most = random() < 0.1 ? 300_000 : 2000;
    const length = Math.floor(random() * most / unit) * unit;
    if (length > 0) extents.push({ offset, length });
    end = offset + length;
  }
  const size = sparse ? end + Math.floor(random() * 3) * 777 : end;
  const bytes = new Uint8Array(size);
  for (const { offset, length } of extents) {
    for (let at = offset; at < offset + length; at++) bytes[at] = 1 + random() * 255;
  }
  const data = joinBytes(
    extents.map(({ offset, length }) => bytes.subarray(offset, offset + length)),
  );
  return { ...facts, kind: "file", size, extents, data, bytes };
}

async function archive(
  entries: readonly TreeEntry[],
  dialect: TarDialect,
  prefix = "",
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const writer = tarWriter((bytes) => Promise.resolve(void parts.push(bytes.slice())), dialect);
  for (const entry of entries) await writer.add(entry, prefix + entry.path);
  await writer.end();
  return joinBytes(parts) as Uint8Array<ArrayBuffer>;
}

/** Hands out bytes in pieces of awkward lengths. */
function reading(bytes: Uint8Array, length = 1000): () => Promise<Uint8Array | undefined> {
  let at = 0;
  return () => {
    if (at >= bytes.length) return Promise.resolve(undefined);
    const piece = bytes.subarray(at, at + length);
    at += length;
    return Promise.resolve(piece);
  };
}

/** What matters of a member, with the whole content of a file. */
async function factsOf(member: TarMember | Held): Promise<Record<string, unknown>> {
  const isMember = "type" in member;
  const kind = isMember ? member.type : member.kind;
  const path = isMember ? member.name.replace(/\/$/, "") : member.path;
  const link = isMember ? member.linkName : member.kind === "symlink" ? member.target : "";
  const content = "bytes" in member && member.bytes
    ? member.bytes
    : "size" in member && kind === "file"
    ? await wholeContent(member)
    : new Uint8Array(0);
  return { path, kind, mode: member.mode, mtime: member.mtime, link, content: hash(content) };
}

async function wholeContent(
  { size, extents, data }: Pick<TarMember, "size" | "extents" | "data">,
): Promise<Uint8Array> {
  const stored = joinBytes(await Array.fromAsync(pieces(data), (piece) => piece.slice()));
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { offset, length } of extents) {
    bytes.set(stored.subarray(at, at + length), offset);
    at += length;
  }
  return bytes;
}

function hash(bytes: Uint8Array): string {
  let sum = bytes.length;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return `${bytes.length}:${sum}`;
}

async function collect<T>(members: AsyncIterable<T>, of: (member: T) => Promise<unknown>) {
  const all: unknown[] = [];
  for await (const member of members) all.push(await of(member));
  return all;
}

for (const dialect of ["pax", "gnu"] as const) {
  Deno.test(`what tarWriter() writes as ${dialect}, readTar() reads`, async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const entries = randomEntries(seed);
      const bytes = await archive(entries, dialect);
      for (const length of [1, 511, 100_000]) {
        if (length === 1 && seed > 3) continue;
        const read = await collect(readTar(reading(bytes, length)), factsOf);
        deepEqual(read, await Promise.all(entries.map(factsOf)), `seed ${seed}`);
      }
    }
  });

  Deno.test(`GNU tar unpacks what tarWriter() writes as ${dialect}, holes included`, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      await using temp = await makeTempDir();
      const entries = randomEntries(seed).map((entry) => ({ ...entry, mode: entry.mode | 0o700 }));
      await Deno.writeFile(join(temp.path, "a.tar"), await archive(entries, dialect));
      await Deno.mkdir(join(temp.path, "x"));
      await run("tar", ["-x", "-p", "-f", "../a.tar"], join(temp.path, "x"));
      for (const entry of entries) {
        const path = join(temp.path, "x", entry.path);
        const info = await Deno.lstat(path);
        // Those of directories change again when more comes into them.
        if (!info.isDirectory) equal(Number(info.mtime) / 1000, entry.mtime, entry.path);
        if (entry.kind === "symlink") equal(await Deno.readLink(path), entry.target);
        else equal((info.mode ?? 0) & 0o7777, entry.mode);
        if (entry.kind === "file") deepEqual(await Deno.readFile(path), entry.bytes);
      }
    }
  });
}

Deno.test("readTar() reads what GNU tar packs, in each of its formats", async () => {
  for (const format of ["pax", "gnu", "ustar", "v7"]) {
    await using temp = await makeTempDir();
    const long = "long name ".repeat(format === "v7" ? 5 : format === "ustar" ? 9 : 20);
    await Deno.mkdir(join(temp.path, "t", "directory é"), { recursive: true });
    await Deno.writeTextFile(join(temp.path, "t/directory é", long), "content");
    await Deno.symlink("to\nwhere", join(temp.path, "t/link"));
    await Deno.utime(join(temp.path, "t/directory é", long), 1000, 1000);
    const bytes = await run("tar", ["-c", "-f", "-", `--format=${format}`, "t"], temp.path);
    const found = await collect(readTar(reading(bytes)), (member) => Promise.resolve(member.name));
    deepEqual([...found].sort(), [
      "t/",
      "t/directory é/",
      `t/directory é/${long}`,
      "t/link",
    ], format);
  }
});

Deno.test("safePath() lets nothing out of the tree", () => {
  for (const name of ["./a", "./a/b", ".", "./", "./.a", "./..a", "./a..", "./...", "./a b\n"]) {
    ok(safePath(name, ".") !== undefined, name);
  }
  for (
    const name of [
      ...["/a", "..", "./..", "../a", "./../a", "./a/..", "./a/../b", ".//a", "./a//b", "", "/"],
      ...["a/./b", "./a/.", "././a", "..//", "./\0"],
    ]
  ) {
    equal(safePath(name, "."), undefined, name);
  }
  equal(safePath("./file", "./file"), "");
  for (const name of ["./other", "./file/x", "file", "/file", "./FILE"]) {
    equal(safePath(name, "./file"), undefined, name);
  }
});

function member(name: string, more: Partial<Parameters<typeof encodeHeader>[0]> = {}): Uint8Array {
  return encodeHeader({ name, mode: 0o644, size: 0, mtime: 0, type: "0", linkName: "", ...more });
}

const END = new Uint8Array(1024);
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Archives that no honest tar writes, and what is said about them. */
const HOSTILE: readonly (readonly [what: string, parts: readonly Uint8Array[], said: RegExp])[] = [
  ["nothing at all", [], /ends in the middle/],
  ["no end", [member("./a")], /ends in the middle/],
  ["garbage", [text("garbage ".repeat(200))], /checksum/],
  ["a file cut short", [member("./a", { size: 5000 }), text("x")], /ends in the middle/],
  ["a large file cut short", [member("./a", { size: 2 ** 40 }), END], /ends in the middle/],
  ["a size beyond all disks", [member("./a", { size: 2 ** 52 }), END], /larger than files can be/],
  ["an unknown kind", [member("./a", { type: "Z" }), END], /kind "Z" is unknown/],
  ["an old sparse file", [member("./a", { type: "S" }), END], /kind "S" is unknown/],
  ["a wild header", [member("./a", { type: "x", size: 2 ** 33 }), END], /too long/],
  ["broken pax", [extensionMember("x", text("99 path=a\n")), member("./a"), END], /malformed/],
  [
    "a negative size",
    [extensionMember("x", paxRecord("size", "-1")), member("./a"), END],
    /no number/,
  ],
  [
    "a size in words",
    [extensionMember("x", paxRecord("size", "NaN")), member("./a"), END],
    /no number/,
  ],
  ["an escape", [member("../a"), END], /sent "\.\.\/a"/],
  ["an absolute path", [member("/etc/x"), END], /sent "\/etc\/x"/],
  ["a hidden escape", [member("./a/../../b"), END], /outside/],
  [
    "an escape in pax",
    [extensionMember("x", paxRecord("path", "../a")), member("./a"), END],
    /outside/,
  ],
  [
    "a long escape",
    [extensionMember("L", longName(`../${"a".repeat(200)}`)), member("./a"), END],
    /outside/,
  ],
  ["a hard link out", [member("./a", { type: "1", linkName: "/etc/passwd" }), END], /outside/],
  ["a terminal's words", [member("../\x1b]0;x\x07"), END], /\\x1b\]0;x\\x07"/],
  ["more after the end", [END, new Uint8Array(2 ** 21)], /goes on after its end/],
  ["a map that lies", [sparse("1\n0\n4096\n", 100, 512), END], /lies/],
  ["a map that goes back", [sparse("2\n600\n256\n0\n256\n", 5000, 512), END], /lies/],
  ["a map in words", [sparse("one\n", 100, 0), END], /malformed/],
  ["an endless map", [sparse("999\n".repeat(128), 100, 0), END], /malformed/],
];

function sparse(map: string, size: number, data: number): Uint8Array {
  const records = joinBytes([
    paxRecord("GNU.sparse.major", "1"),
    paxRecord("GNU.sparse.minor", "0"),
    paxRecord("GNU.sparse.name", "./s"),
    paxRecord("GNU.sparse.realsize", `${size}`),
  ]);
  const body = padded(text(map));
  return joinBytes([
    extensionMember("x", records),
    member("./s", { size: body.length + data }),
    body,
    padded(new Uint8Array(data)),
  ]);
}

for (const [what, parts, said] of HOSTILE) {
  Deno.test(`an archive with ${what} is refused`, async () => {
    const entries = membersToTree(readTar(reading(joinBytes(parts))), ".", () => {});
    await rejects(
      collect(entries, () => Promise.resolve()),
      (error) => isCubicError(error, "transfer-failed") && (match(error.message, said), true),
    );
  });
}

Deno.test("an archive that never ends is given up", async () => {
  const one = member("./a");
  const endless = (): Promise<Uint8Array> => Promise.resolve(one);
  await rejects(
    collect(readTar(endless, { members: 1000 }), () => Promise.resolve()),
    /does not end/,
  );
});

Deno.test("a name that is not UTF-8 is left out and named", async () => {
  const bytes = joinBytes([member("./b?d"), member("./good"), END]);
  bytes[3] = 0xff;
  // The checksum of the changed header: one byte more by 0xff - "?".
  const sum = parseInt(new TextDecoder().decode(bytes.subarray(148, 154)), 8) + 0xff - 0x3f;
  bytes.set(text(sum.toString(8).padStart(6, "0")), 148);
  const warnings: string[] = [];
  const entries = membersToTree(readTar(reading(bytes)), ".", (words) => void warnings.push(words));
  deepEqual(await collect(entries, ({ path }) => Promise.resolve(path)), ["good"]);
  match(warnings.join(), /b\\xffd/);
});

async function run(command: string, args: string[], cwd: string): Promise<Uint8Array> {
  const output = await new Deno.Command(command, { args, cwd, env: { LC_ALL: "C" } }).output();
  equal(output.code, 0, new TextDecoder().decode(output.stderr));
  return output.stdout;
}
