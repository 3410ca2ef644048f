/** Into and out of a running guest: over the block route, over our SCP, and by OpenSSH's own programs. */
import { join } from "node:path";
import { removeIfThere } from "../../../core/atomic.ts";
import { realHost } from "../../../core/host.ts";
import { resolvePaths } from "../../../core/paths.ts";
import { bootGuest, type Guest, openGuest } from "../../support/guest.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { type Contender, cubic, type Program, rsync, scp } from "./contenders.ts";
import {
  demandEqual,
  demandEqualSparse,
  demandSparse,
  SPARSE,
  writeRandomFile,
  writeSparse,
} from "./files.ts";
import { runTrial } from "./rounds.ts";
import { homeOfKey, type Server } from "./server.ts";
import type { Settings } from "./settings.ts";
import type { CaseReport } from "./table.ts";

type Target = Pick<Guest, "connection" | "ports" | "keyFile" | "sh">;

/** The host's file, what it becomes in the guest (from its home directory), and what comes back. */
interface Files {
  readonly source: string;
  readonly inGuest: string;
  readonly back: string;
}

/** Boots a guest of its own when `name` is "1", which takes minutes; else the running instance of that name. */
export async function guestCase(name: string, settings: Settings): Promise<CaseReport[]> {
  await using stack = new AsyncDisposableStack();
  const own = name === "1";
  const guest = own ? stack.use(await bootGuest()) : await openGuest(ownHome(), name);
  stack.defer(() => guest.connection.close());
  const dir = stack.use(await makeTempDir());
  const { user, host, port } = guest.connection.target;
  const { keyFile } = guest;
  const home = homeOfKey(keyFile);
  const server = { user, host, port, keyFile, instance: own ? "web" : name, home };
  const files = (of: string): Files => ({
    source: join(dir.path, of),
    inGuest: `cubic-bench-${of}`,
    back: join(dir.path, `${of}-back`),
  });
  stack.defer(() => guest.sh("rm -f cubic-bench-random cubic-bench-sparse").then(() => {}));
  return [
    await copyRandom(guest, server, files("random"), settings),
    await copySparse(guest, server, files("sparse"), settings),
  ];
}

async function copyRandom(
  guest: Target,
  server: Server,
  files: Files,
  { guestBytes: bytes, guestRounds: rounds }: Settings,
): Promise<CaseReport> {
  await writeRandomFile(files.source, bytes);
  const hasRsync = await guest.sh("command -v rsync || true") !== "";
  return await runTrial({
    name: "guest",
    title: `A file of ${bytes / 1e6} MB into and out of a guest (${guest.ports.accelerator})`,
    rate: { amount: bytes / 1e6, unit: "MB/s" },
    // The last one up leaves what all of them bring down, where every byte is compared.
    contenders: bothWays(server, files, [
      scp("scp"),
      scp("scp -O", "-O"),
      ...(hasRsync ? [rsync("rsync -a", "-a")] : []),
      cubic("cubic scp", "--route", "scp"),
      cubic("cubic block", "--route", "block"),
    ]),
    rounds,
    // A round more of theirs would be minutes.
    countPeers: false,
    reset: ({ way }) => reset(guest, files, way),
    check: async ({ way }) => {
      if (way === "down") return await demandEqual(files.source, files.back);
      const size = Number(await guest.sh(`stat -c %s ${files.inGuest}`));
      if (size !== bytes) throw new Error(`${size} bytes came to the guest`);
    },
  });
}

async function copySparse(
  guest: Target,
  server: Server,
  files: Files,
  { guestRounds: rounds }: Settings,
): Promise<CaseReport> {
  const digest = await writeSparse(files.source);
  return await runTrial({
    name: "guest sparse",
    title: `A sparse file of 5 GiB with 1 MiB of data and a guest (${guest.ports.accelerator})`,
    contenders: bothWays(server, files, [cubic("cubic block", "--route", "block")]),
    rounds,
    reset: ({ way }) => reset(guest, files, way),
    check: ({ way }) =>
      way === "down"
        ? demandEqualSparse(files.source, files.back)
        : demandSparseInGuest(guest, files.inGuest, digest),
  });
}

/** Its pieces are equal, and it takes too little room for anything beside them. */
async function demandSparseInGuest(
  guest: Target,
  path: string,
  digest: string,
): Promise<void> {
  const [size, blocks] = (await guest.sh(`stat -c '%s %b' ${path}`)).split(" ").map(Number);
  demandSparse(size!, blocks!);
  const dd = `dd if=${path} status=none iflag=skip_bytes,count_bytes count=${SPARSE.piece}`;
  const pieces = SPARSE.offsets.map((offset) => `${dd} skip=${offset}`).join("; ");
  const found = await guest.sh(`{ ${pieces}; } | sha256sum`);
  if (!found.startsWith(digest)) throw new Error("the pieces in the guest differ");
}

function bothWays(
  server: Server,
  { source, inGuest, back }: Files,
  programs: readonly Program[],
): Contender[] {
  return [
    ...programs.map((program) => program(server, { way: "up", from: source, to: inGuest })),
    ...programs.map((program) => program(server, { way: "down", from: inGuest, to: back })),
  ];
}

async function reset(
  guest: Target,
  { inGuest, back }: Files,
  way: Contender["way"],
): Promise<void> {
  if (way === "up") await guest.sh(`rm -f ${inGuest}`);
  else await removeIfThere(back);
}

function ownHome(): string {
  return resolvePaths(realHost(), Deno.uid()).data;
}
