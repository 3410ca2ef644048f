/**
 * How fast one large file goes into and out of a running guest: over the block route, over our SCP, and by OpenSSH's own
 * `scp`, as medians and as ratios of the same round; and a sparse file of 5 GiB over the block route. It measures and
 * asserts nothing. It boots a guest of its own, or takes a running instance of the user's.
 *
 *     deno run -A tests/bench/block.ts
 *     CUBIC_BENCH_GUEST=web CUBIC_BENCH_BYTES=100000000 CUBIC_BENCH_ROUNDS=5 deno run -A tests/bench/block.ts
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { resolvePaths } from "../../core/paths.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { copyFile } from "../../core/transfer/copy.ts";
import type { RouteOperation, RouteResult } from "../../core/transfer/route.ts";
import { downloadBlock } from "../../core/transfer/routes/block_download.ts";
import { uploadBlock } from "../../core/transfer/routes/block_upload.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { bootGuest, type Guest, openGuest } from "../support/guest.ts";
import { makeTempDir } from "../support/temp_dir.ts";

type Target = Omit<Guest, "sandbox" | typeof Symbol.asyncDispose>;
type Way = (guest: Target, connection: SshConnection, files: Files) => Promise<unknown>;

interface Files {
  readonly source: string;
  /** Where it goes in the guest, and what is copied back. */
  readonly inGuest: string;
  readonly back: string;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const signal = new AbortController().signal;
const operation: RouteOperation = { signal, report: () => {}, moved: () => {} };

const UP: Readonly<Record<string, Way>> = {
  block: async ({ ports }, connection, { source, inGuest }) => {
    const job = { local: source, path: inGuest, mode: 0o644, useUmask: true, inPlace: false };
    demandDone(await uploadBlock(connection, ports, job, operation));
  },
  "cubic scp": (_, connection, { source, inGuest }) => {
    const way = { connection, direction: "upload", routes: [scpRoute] } as const;
    return copyFile({ ...way, local: source, remote: inGuest }, operation);
  },
  scp: (guest, _, { source, inGuest }) => openSshScp(guest, (there) => [source, there(inGuest)]),
};

const DOWN: Readonly<Record<string, Way>> = {
  block: async ({ ports }, connection, { inGuest, back }) => {
    await Deno.writeFile(back, new Uint8Array());
    demandDone(await downloadBlock(connection, ports, { path: inGuest, part: back }, operation));
  },
  "cubic scp": (_, connection, { inGuest, back }) => {
    const way = { connection, direction: "download", routes: [scpRoute] } as const;
    return copyFile({ ...way, local: back, remote: inGuest }, operation);
  },
  scp: (guest, _, { inGuest, back }) => openSshScp(guest, (there) => [there(inGuest), back]),
};

if (import.meta.main) await main();

async function main(): Promise<void> {
  const bytes = Number(Deno.env.get("CUBIC_BENCH_BYTES") ?? 274_000_000);
  const rounds = Number(Deno.env.get("CUBIC_BENCH_ROUNDS") ?? 3);
  const name = Deno.env.get("CUBIC_BENCH_GUEST");
  await using stack = new AsyncDisposableStack();
  const guest = name ? await openGuest(ownHome(), name) : stack.use(await bootGuest());
  stack.defer(() => guest.connection.close());
  const dir = stack.use(await makeTempDir());
  const { user } = guest.connection.target;
  const files = (of: string): Files => ({
    source: join(dir.path, of),
    inGuest: `/home/${user}/${of}`,
    back: join(dir.path, `${of} back`),
  });
  await writeSparse(files("sparse").source);
  await writeRandom(files("random").source, bytes);
  await print(`${bytes / 1e6} MB, ${guest.ports.accelerator}; medians of ${rounds} rounds\n`);
  for (const [direction, ways] of [["in", UP], ["out", DOWN]] as const) {
    await compare(direction, guest, ways, files("random"), { bytes, rounds });
  }
  for (const [direction, ways] of [["in", UP], ["out", DOWN]] as const) {
    const seconds = await measure(guest, ways.block!, files("sparse"));
    await print(`5 GiB with 1 MiB of data, ${direction}: ${seconds.toFixed(2)} s\n`);
  }
  await guest.sh("rm -f random sparse");
}

/** In turns, so that a busy minute of the machine falls on everybody. */
async function compare(
  direction: string,
  guest: Target,
  ways: Readonly<Record<string, Way>>,
  files: Files,
  { bytes, rounds }: { readonly bytes: number; readonly rounds: number },
): Promise<void> {
  const seconds = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      seconds.get(name)!.push(await measure(guest, way, files));
    }
  }
  const theirs = seconds.get("scp")!;
  for (const [name, mine] of seconds) {
    const middle = median(mine);
    const ratio = median(mine.map((time, round) => time / theirs[round]!));
    const rate = (bytes / 1e6 / middle).toFixed(1);
    await print(
      `${direction.padEnd(4)} ${name.padEnd(10)} ${middle.toFixed(2).padStart(8)} s ` +
        `${rate.padStart(8)} MB/s ${ratio.toFixed(3).padStart(7)} x scp\n`,
    );
  }
}

/** Each copy has a connection of its own, as OpenSSH's has. */
async function measure(guest: Target, way: Way, files: Files): Promise<number> {
  const began = performance.now();
  using connection = await connect(guest.connection.target, { signal });
  await way(guest, connection, files);
  return (performance.now() - began) / 1000;
}

async function openSshScp(
  { connection: { target }, keyFile }: Target,
  paths: (there: (path: string) => string) => string[],
): Promise<void> {
  const options = ["IdentitiesOnly=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR"];
  options.push("UserKnownHostsFile=/dev/null");
  const { code, stderr } = await realHost().run("scp", [
    ...["-q", "-F", "none", "-i", keyFile, "-P", String(target.port)],
    ...options.flatMap((option) => ["-o", option]),
    ...paths((path) => `${target.user}@${target.host}:${path}`),
  ]);
  if (code !== 0) throw new Error(stderr);
}

function demandDone(result: RouteResult): void {
  if (result.kind !== "done") throw new Error(result.reason);
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  for (let left = bytes; left > 0; left -= MIB) {
    await file.write(randomBytes(Math.min(left, MIB)));
  }
}

/** Four pieces of data that make 1 MiB together. */
async function writeSparse(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  for (const offset of [0, GIB, 3 * GIB, 5 * GIB - MIB]) {
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(randomBytes(MIB / 4));
  }
  await file.truncate(5 * GIB);
}

function ownHome(): string {
  const host = realHost();
  return resolvePaths(host, Deno.uid()).data;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
