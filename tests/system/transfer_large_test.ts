/**
 * Files whose sizes need 32 and 33 bits, byte by byte over SCP and SFTP. What is sent are real zeros, so that one such
 * file goes in and another comes out, unless CUBIC_TEST_LARGE=1 asks for every size, route and way.
 */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { copyFile, type CopyRequest } from "../../core/transfer/copy.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { sftpRoute } from "../../core/transfer/routes/sftp.ts";
import { namesIn, startBench } from "../support/transfer.ts";

const OVER_31_BITS = 2 ** 31;
const OVER_32_BITS = 2 ** 32 + 1;

type Case = readonly [size: number, route: typeof scpRoute, direction: CopyRequest["direction"]];

const CASES: readonly Case[] = Deno.env.get("CUBIC_TEST_LARGE") === "1"
  ? [OVER_31_BITS, OVER_32_BITS].flatMap((size) =>
    [scpRoute, sftpRoute].flatMap((route): Case[] => [
      [size, route, "upload"],
      [size, route, "download"],
    ])
  )
  : [[OVER_31_BITS, scpRoute, "upload"], [OVER_32_BITS, sftpRoute, "download"]];

/** Where a size or a position that was cut to 31 or 32 bits would show. */
function marksOf(size: number): readonly number[] {
  return [0, 2 ** 31 - 4, 2 ** 31, 2 ** 32 - 4, 2 ** 32 - 1, size - 1].filter((at) => at < size);
}

async function writeMarks(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true });
  await file.truncate(size);
  for (const [index, at] of marksOf(size).entries()) {
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(Uint8Array.of(index + 1));
  }
}

/** The bytes before, at and behind every mark; null where the file has ended. */
async function readMarks(path: string, size: number): Promise<(number | null)[]> {
  using file = await Deno.open(path);
  const found: (number | null)[] = [];
  for (const mark of marksOf(size)) {
    for (const at of [mark - 1, mark, mark + 1].filter((at) => at >= 0)) {
      await file.seek(at, Deno.SeekMode.Start);
      const byte = new Uint8Array(1);
      found.push(await file.read(byte) === null ? null : byte[0]!);
    }
  }
  return found;
}

async function copyLarge(...[size, route, direction]: Case): Promise<void> {
  await using bench = await startBench();
  const { connection, host, guest } = bench;
  const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
  await writeMarks(join(from, "f"), size);
  const [local, remote] = [join(host, "f"), join(guest, "f")];
  const operation = { signal: new AbortController().signal, report: (): void => {} };
  const request = { connection, direction, local, remote, routes: [route] };
  equal((await copyFile(request, operation)).bytes, size);
  deepEqual(await namesIn(to), ["f"]);
  equal((await Deno.stat(join(to, "f"))).size, size);
  const [wanted, found] = [join(from, "f"), join(to, "f")];
  deepEqual(await readMarks(found, size), await readMarks(wanted, size));
}

for (const [size, route, direction] of CASES) {
  Deno.test(`${size} bytes ${direction} over ${route.name}`, () =>
    copyLarge(size, route, direction));
}
