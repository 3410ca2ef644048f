/**
 * The connection breaks at any byte of a copy while the guest lives on: old or new content, never anything between, and
 * nothing hidden stays on either side. CUBIC_TEST_KILLS sets how often for each route and direction (20).
 */
import { ok } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import { digestOfFile } from "../../core/transfer/digest.ts";
import { planCopy } from "../../core/transfer/plan.ts";
import type { RouteChoice } from "../../core/transfer/run_copy.ts";
import { copyInput } from "../../core/transfer/standard.ts";
import { transfer } from "../../core/transfer/transfer.ts";
import { makeRandom } from "../support/random.ts";
import { startRelay } from "../support/relay.ts";
import { eventually } from "../support/sandbox.ts";
import { namesIn, randomBytes, startBench, type TransferBench } from "../support/transfer.ts";

const CUTS = Number(Deno.env.get("CUBIC_TEST_KILLS") ?? 20);
/** Copies at once, each into a directory of its own: most of their time is waiting. */
const LANES = 5;
const FILES = 12;
const seed = Date.now();
const random = makeRandom(seed);
const quiet = { signal: new AbortController().signal, report: (): void => {} };

/** A copy to be cut; `to` is a directory with `old` as the content of all that is to be replaced. */
interface Victim {
  readonly from: string;
  /** The files to look at, relative to both sides. */
  readonly files: readonly string[];
  run(connection: SshConnection, to: string): Promise<unknown>;
}

/** Bytes at either end of a copy in which files are made and put in their places. */
const EDGE = 4000;

/** Where to cut, in turn: anywhere, in the last moments, in the first. */
function momentOf(cut: number, total: number): number {
  const edge = random() * Math.min(total, EDGE);
  const moments = [random() * total, total - edge, edge];
  return Math.ceil(moments[cut % moments.length]!);
}

/** Runs a copy uncut, and then with cuts. */
async function cutOften({ sshd }: TransferBench, side: string, victim: Victim): Promise<void> {
  const digests = (root: string): Promise<string[]> =>
    Promise.all(victim.files.map((path) => digestOfFile(join(root, path))));
  const through = async (to: string, bytes: number): Promise<[passed: number, error: unknown]> => {
    await using cable = startRelay(sshd.target.port);
    using connection = await connect({ ...sshd.target, port: cable.port }, quiet);
    const before = cable.passed;
    cable.cutAfter(bytes);
    const error = await victim.run(connection, to).then(() => undefined, (error) => error);
    return [cable.passed - before, error];
  };
  const lane = async (name: string): Promise<string> => {
    const to = join(side, name);
    await Deno.mkdir(join(to, "tree"), { recursive: true });
    for (const path of victim.files) await Deno.writeTextFile(join(to, path), "old");
    return to;
  };
  const wanted = await digests(victim.from);
  const old = await digests(await lane("untouched"));
  const [total] = await through(await lane("uncut"), Infinity);
  let broken = 0;
  const cutLane = async (index: number): Promise<void> => {
    const to = await lane(`${index}`);
    for (let cut = index; cut < CUTS; cut += LANES) {
      const moment = momentOf(Math.floor(cut / LANES), total);
      const [, error] = await through(to, moment);
      const where = `seed ${seed}, byte ${moment} of ${total}: ${error}`;
      if (error) broken++;
      if (error) ok(isCubicError(error, "ssh-failed"), where);
      const now = await digests(to);
      ok(now.every((digest, at) => digest === wanted[at] || digest === old[at]), where);
    }
    await eventually(
      "nothing hidden is left",
      async () =>
        (await Promise.all([to, join(to, "tree")].map(namesIn))).flat()
          .every((name) => !name.startsWith(".cubic-")),
    );
  };
  const lanes = Array.from({ length: LANES }, (_, index) => cutLane(index));
  for (const end of await Promise.allSettled(lanes)) {
    if (end.status === "rejected") throw end.reason;
  }
  ok(broken > CUTS / 4, `${broken} of ${CUTS} cuts hit anything`);
}

async function writeSource(from: string): Promise<void> {
  await Deno.mkdir(join(from, "tree"), { recursive: true });
  for (let index = 0; index < FILES; index++) {
    await Deno.writeFile(join(from, "tree", `${index}`), randomBytes(60_000));
  }
  await Deno.writeFile(join(from, "f"), randomBytes(700_000));
}

async function copy(
  connection: SshConnection,
  paths: readonly string[],
  route: RouteChoice,
): Promise<void> {
  const plan = planCopy(paths);
  if (plan.kind !== "paths") throw new Error("- is not for here");
  const options = { recursive: true, preserve: false, route };
  await transfer({ ...plan, ...options, connect: () => Promise.resolve(connection) }, quiet);
}

for (const what of ["file", "tree"] as const) {
  for (const route of ["scp", "sftp", ...what === "tree" ? ["stream" as const] : []] as const) {
    for (const direction of ["into", "out of"] as const) {
      Deno.test(`a ${what} ${direction} a guest over ${route} survives ${CUTS} cuts of the connection`, async () => {
        await using bench = await startBench();
        const [from, side] = direction === "into"
          ? [bench.host, bench.guest]
          : [bench.guest, bench.host];
        await writeSource(from);
        const name = what === "file" ? "f" : "tree";
        const inner = Array.from({ length: FILES }, (_, index) => `tree/${index}`);
        await cutOften(bench, side, {
          from,
          files: what === "file" ? ["f"] : inner,
          run: (connection, to) =>
            direction === "into"
              ? copy(connection, [join(from, name), `vm:${to}`], route)
              : copy(connection, [`vm:${from}/${name}`, to], route),
        });
      });
    }
  }
}

Deno.test(`a copy from standard input survives ${CUTS} cuts of the connection`, async () => {
  await using bench = await startBench();
  await writeSource(bench.host);
  const content = await Deno.readFile(join(bench.host, "f"));
  const input = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
    await Promise.resolve();
  };
  await cutOften(bench, bench.guest, {
    from: bench.host,
    files: ["f"],
    run: (connection, to) => copyInput(connection, join(to, "f"), input(), quiet),
  });
});
