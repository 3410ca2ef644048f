/** What the tests of copying share: two sides, awkward trees, and a manifest to compare them by. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Progress } from "../../core/progress.ts";
import { connect, type SshConnection } from "../../core/ssh/client.ts";
import type { Place } from "../../core/transfer/place.ts";
import { planCopy } from "../../core/transfer/plan.ts";
import {
  transfer,
  type TransferOptions,
  type TransferResult,
} from "../../core/transfer/transfer.ts";
import { type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

/** A server that plays a guest called "vm", and a directory for each side. */
export interface TransferBench extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly connection: SshConnection;
  readonly host: string;
  readonly guest: string;
  readonly events: Progress[];
  /** Runs `cubic scp` without its command line; `vm:` is the server. */
  copy(
    paths: readonly string[],
    options?: Partial<TransferOptions>,
    operation?: { signal?: AbortSignal; report?: (event: Progress) => void },
  ): Promise<TransferResult>;
}

/** Starts a server and connects. */
export async function startBench(options: SshdOptions = {}): Promise<TransferBench> {
  const sshd = await startSshd(options);
  const connection = await connect(sshd.target, { signal: new AbortController().signal });
  const [host, guest] = [join(sshd.dir, "host"), join(sshd.dir, "guest")];
  await Deno.mkdir(host);
  await Deno.mkdir(guest);
  const events: Progress[] = [];
  return {
    sshd,
    connection,
    host,
    guest,
    events,
    copy: (paths, more = {}, operation = {}) => {
      const plan = planCopy(paths);
      if (plan.kind !== "paths") throw new Error("- is not for here");
      return transfer({
        ...plan,
        recursive: true,
        preserve: false,
        route: "auto",
        ...more,
        connect: () => Promise.resolve(connection),
      }, {
        signal: operation.signal ?? new AbortController().signal,
        report: operation.report ?? ((event) => void events.push(event)),
      });
    },
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await connection.closed;
      // Else nobody but root could remove directories without the right to write.
      await new Deno.Command("chmod", { args: ["-R", "u+rwx", host, guest] }).output();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

/** The bench's directories as places. */
export function guestPlace(bench: TransferBench, path: string): Place {
  return { side: "guest", connection: bench.connection, path };
}

/** Names that break what quotes badly. */
export const AWKWARD_NAMES: readonly string[] = [
  "two words",
  " lead and trail ",
  "it's",
  '"quoted"',
  "$(id >pwned)",
  "`id >pwned`",
  "a;id >pwned",
  "*",
  "?",
  "[a]",
  "~",
  "~root",
  "-rf",
  "--help",
  "a:b",
  "back\\slash",
  "tab\tbed",
  "line\nend",
  "C0777 4 pwned\n",
  "\x1b[31mred",
  "ünï 🙂",
  ".hidden",
  "..twodots",
  "x".repeat(255),
  "é".repeat(127),
];

/** Writes a tree with everything in it that a tree can have and every route can carry. */
export async function writeAwkwardTree(root: string): Promise<void> {
  await Deno.mkdir(root);
  await Deno.mkdir(join(root, "names"));
  for (const name of AWKWARD_NAMES) await Deno.writeTextFile(join(root, "names", name), name);
  await Deno.mkdir(join(root, "empty directory"));
  const deep = Array.from({ length: 12 }, (_, index) => `${index}`.repeat(100).slice(0, 100));
  await Deno.mkdir(join(root, ...deep), { recursive: true });
  await Deno.writeTextFile(join(root, ...deep, "bottom"), "deep");
  await Deno.mkdir(join(root, "sizes"));
  for (const size of [0, 1, 511, 512, 513, 131_071, 131_072, 131_073, 1_000_001]) {
    await Deno.writeFile(join(root, "sizes", `${size}`), randomBytes(size));
  }
  await Deno.mkdir(join(root, "links"));
  const links = { file: "../sizes/512", directory: "../sizes", dangling: "nowhere", loop: "loop" };
  for (const [name, to] of Object.entries({ ...links, absolute: "/etc", long: "l".repeat(300) })) {
    await Deno.symlink(to, join(root, "links", name));
  }
  await Deno.link(join(root, "sizes/513"), join(root, "sizes/again"));
  await Deno.mkdir(join(root, "modes"));
  // Others than root can't read the first.
  const none = Deno.uid() === 0 ? [0o000] : [];
  for (const mode of [...none, 0o400, 0o644, 0o755, 0o777, 0o1644, 0o2755, 0o4755, 0o7777]) {
    await Deno.writeTextFile(join(root, "modes", mode.toString(8)), "x");
    await Deno.chmod(join(root, "modes", mode.toString(8)), mode);
  }
  await Deno.mkdir(join(root, "times"));
  for (const time of [-86_400 * 365 * 8, 0, 1_600_000_000, 2 ** 31 + 5, 2 ** 33 + 5]) {
    await Deno.writeTextFile(join(root, "times", `${time}`), "x");
    await Deno.utime(join(root, "times", `${time}`), time, time);
  }
  await Deno.utime(join(root, "times"), 1000, 1000);
  await Deno.mkdir(join(root, "read only"));
  await Deno.writeTextFile(join(root, "read only/file"), "x", { mode: 0o400 });
  await Deno.chmod(join(root, "read only"), 0o555);
  await Deno.utime(join(root, "read only"), 2000, 2000);
}

/** What is compared. */
export interface ManifestOptions {
  readonly modes?: boolean;
  readonly times?: boolean;
}

/** A line for each member of a tree: path, kind, content, and what else is asked for. */
export async function manifest(root: string, options: ManifestOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const full = join(root, path);
    const info = await Deno.lstat(full);
    const facts = [
      path === "" ? "." : path,
      info.isFile
        ? createHash("sha256").update(await Deno.readFile(full)).digest("hex").slice(0, 16)
        : info.isSymlink
        ? `-> ${await Deno.readLink(full)}`
        : info.isDirectory
        ? "directory"
        : "other",
      ...(options.modes && !info.isSymlink ? [((info.mode ?? 0) & 0o7777).toString(8)] : []),
      ...(options.times && !info.isSymlink ? [`${Math.floor(Number(info.mtime) / 1000)}`] : []),
    ];
    lines.push(facts.join(" | "));
    if (!info.isDirectory) return;
    for (const name of await namesIn(full)) {
      await visit(path === "" ? name : `${path}/${name}`);
    }
  };
  await visit("");
  return lines;
}

/** Random content of any size. */
export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
  }
  return bytes;
}

/** Names in a directory, sorted. */
export async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
}

/** A directory of programs for the server's PATH: all of the usual ones but some, and others instead. */
export async function makeTools(
  directory: string,
  change: { readonly without?: readonly string[]; readonly instead?: Record<string, string> },
): Promise<string> {
  const tools = join(directory, "tools");
  await Deno.mkdir(tools);
  const left = new Set([...change.without ?? [], ...Object.keys(change.instead ?? {})]);
  for (const from of ["/usr/bin", "/bin"]) {
    for (const name of await namesIn(from)) {
      if (left.has(name)) continue;
      await Deno.symlink(join(from, name), join(tools, name)).catch(() => {});
    }
  }
  for (const [name, script] of Object.entries(change.instead ?? {})) {
    await Deno.writeTextFile(join(tools, name), script, { mode: 0o755 });
  }
  return tools;
}
