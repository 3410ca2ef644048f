/** The cases over a loopback server. */
import { join } from "node:path";
import { removeIfThere } from "../../../core/atomic.ts";
import {
  type Contender,
  type Copy,
  cubic,
  cubicCommand,
  type Program,
  rsync,
  scp,
  sftp,
  sshCat,
  tarOverSsh,
} from "./contenders.ts";
import {
  demandEqual,
  demandEqualSparse,
  TREE_FILE_BYTES,
  writeRandomFile,
  writeSparse,
  writeTree,
} from "./files.ts";
import { measure } from "./measure.ts";
import { runTrial, type Trial } from "./rounds.ts";
import type { Loopback } from "./server.ts";
import type { Settings } from "./settings.ts";
import { type CaseReport, median } from "./table.ts";

/** One case over a server that runs. */
export type LoopbackCase = (loopback: Loopback, settings: Settings) => Promise<CaseReport>;

/** Where a case's files are: each run copies the source to the copy. */
interface Files {
  readonly source: string;
  readonly copy: string;
}

/** A file of one byte: what of every other figure is the start of the program and the connection. */
export async function startCase(
  loopback: Loopback,
  { rounds }: Settings,
): Promise<CaseReport> {
  const files = filesIn(loopback, "byte");
  await writeRandomFile(files.source, 1);
  const alone: number[] = [];
  for (let round = 0; round < 5; round++) {
    const program = { name: "cubic --help", command: [...cubicCommand(), "--help"], env: {} };
    alone.push((await measure(program)).seconds);
  }
  return await runTrial({
    name: "start",
    title: "A file of 1 byte over loopback: start and connection; " +
      `\`cubic --help\` alone takes ${median(alone).toFixed(2)} s`,
    contenders: bothWays(loopback, files, [cubic("cubic scp", "--route", "scp"), scp("scp"), sftp]),
    rounds: rounds(5),
    ...wholeCopies(files),
  });
}

/** One large file of random bytes. */
export async function fileCase(
  loopback: Loopback,
  { bytes, rounds }: Settings,
): Promise<CaseReport> {
  const files = filesIn(loopback, "file");
  await writeRandomFile(files.source, bytes);
  return await runTrial({
    name: "file",
    title: `A file of ${bytes / 1e6} MB over loopback`,
    rate: { amount: bytes / 1e6, unit: "MB/s" },
    contenders: bothWays(loopback, files, [
      cubic("cubic scp", "--route", "scp"),
      cubic("cubic sftp", "--route", "sftp"),
      scp("scp"),
      scp("scp -O", "-O"),
      sftp,
      rsync("rsync -a", "-a"),
      sshCat,
    ]),
    rounds: rounds(5),
    ...wholeCopies(files),
  });
}

/** Many small files. */
export async function treeCase(
  loopback: Loopback,
  { files: count, rounds }: Settings,
): Promise<CaseReport> {
  const files = filesIn(loopback, "tree");
  await writeTree(files.source, count);
  return await runTrial({
    name: "tree",
    title: `${count} files of ${TREE_FILE_BYTES} bytes in 100 directories over loopback`,
    rate: { amount: count, unit: "files/s" },
    contenders: bothWays(loopback, files, [
      cubic("cubic scp -r", "-r"),
      tarOverSsh("tar over ssh"),
      rsync("rsync -a", "-a", "/"),
      scp("scp -r", "-r"),
    ]),
    rounds: rounds(5),
    ...wholeCopies(files),
    // Under strace `scp -r` takes minutes.
    countPeers: false,
    reset: () => moveAside(files.copy),
  });
}

/**
 * Not removed: an ext4 without a journal looks at each inode that was freed a moment ago before it takes another, and
 * the next copy would pay for that with three times the time for each of its files.
 */
async function moveAside(copy: string): Promise<void> {
  await Deno.rename(copy, `${copy}-${crypto.randomUUID()}`).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** A file that is nearly all hole. */
export async function sparseCase(
  loopback: Loopback,
): Promise<CaseReport> {
  const directories = filesIn(loopback, "sparse");
  const files = { source: join(directories.source, "disk"), copy: join(directories.copy, "disk") };
  await Deno.mkdir(directories.source);
  await writeSparse(files.source);
  return await runTrial({
    name: "sparse",
    title: "A sparse file of 5 GiB with 1 MiB of data over loopback",
    contenders: [
      ...bothWays(loopback, files, [cubic("cubic stream", "--route", "stream")]),
      ...bothWays(loopback, files, [rsync("rsync -S", "-S")]),
      ...bothWays(loopback, directories, [tarOverSsh("tar -S over ssh", "-S")]),
    ],
    // rsync reads all of its 5 GiB on one side, and sends them.
    rounds: 1,
    countPeers: false,
    reset: async () => {
      await removeIfThere(directories.copy);
      await Deno.mkdir(directories.copy);
    },
    check: () => demandEqualSparse(files.source, files.copy),
  });
}

function filesIn({ dir }: Loopback, name: string): Files {
  return { source: join(dir, name), copy: join(dir, `${name}-copy`) };
}

/** All programs up, then all of them down. */
function bothWays(
  { server }: Loopback,
  { source: from, copy: to }: Files,
  programs: readonly Program[],
): Contender[] {
  const copies: readonly Copy[] = [{ way: "up", from, to }, { way: "down", from, to }];
  return copies.flatMap((copy) => programs.map((program) => program(server, copy)));
}

function wholeCopies({ source, copy }: Files): Pick<Trial, "reset" | "check"> {
  return {
    reset: () => removeIfThere(copy),
    check: () => demandEqual(source, copy),
  };
}
