/**
 * Runs the whole program in this process: its own directories, its streams captured, its terminal's facts made
 * up. The file system, the locks and qemu-img are real; the network is not there.
 */
import { join } from "node:path";
import { runProgram } from "../../cmd/program.ts";
import type { Terminal } from "../../cmd/ui/ui.ts";
import { Ui } from "../../cmd/ui/ui.ts";
import type { App } from "../../core/app.ts";
import { loadConfig } from "../../core/config.ts";
import type { Host } from "../../core/host.ts";
import { realHost } from "../../core/host.ts";
import { digestFile } from "../../core/images/digest.ts";
import type { StoredImage } from "../../core/images/sidecar.ts";
import { addImage } from "../../core/images/store.ts";
import { type Paths, resolvePaths } from "../../core/paths.ts";
import type { Report } from "../../core/progress.ts";
import { builtIn } from "../../distros/mod.ts";
import { addedDistros } from "../../plugins/registry.ts";

/** What a run may find other than a plain pipe on every stream. */
export interface RunFacts {
  /** Lines that are typed; the input has ended after them. */
  readonly typed?: readonly string[];
  /** Which streams are a terminal; none when left out. */
  readonly terminal?: readonly ("stdin" | "stdout" | "stderr")[];
  readonly columns?: number;
  readonly rows?: number;
  /** Added to the environment; "" unsets a variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborted as by Ctrl-C. */
  readonly signal?: AbortSignal;
}

/** What a run left behind. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How often the program built its core. */
  readonly loads: number;
}

/** The image that every {@linkcode Cli} can have without a network; bookworm is Debian's codename for 12. */
export const IMAGE = "debian:bookworm";

/** The disk of that image, as a guest would see it. */
const IMAGE_BYTES = 64 * 1024 * 1024;

/** One home directory, in which commands are run one after the other or at once. */
export class Cli implements AsyncDisposable {
  readonly home: string;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.home = join(root, "home");
  }

  /** A new home with nothing in it; the directory is short because sockets go below it. */
  static async create(): Promise<Cli> {
    return new Cli(await Deno.makeTempDir({ prefix: "cc-" }));
  }

  /** A new home with {@linkcode IMAGE} in its store. */
  static async withImage(): Promise<Cli> {
    const cli = await Cli.create();
    await cli.addImage();
    return cli;
  }

  /** The directories the program uses in this home. */
  get paths(): Paths {
    return resolvePaths(this.host(), Deno.uid());
  }

  /** The real host with the environment of this home and without a network. */
  host(env: Readonly<Record<string, string>> = {}): Host {
    const own: Record<string, string> = {
      CUBIC_HOME: this.home,
      TMPDIR: this.#root,
      USER: "tester",
      ...env,
    };
    const real = realHost();
    return {
      ...real,
      env: (name) => name in own ? own[name] || undefined : real.env(name),
      fetch: () => Promise.reject(new TypeError("there is no network in this test")),
    };
  }

  /** The program's core in this home. */
  async app(
    env: Readonly<Record<string, string>> = {},
    report: Report = () => {},
  ): Promise<App> {
    const host = this.host(env);
    const paths = resolvePaths(host, Deno.uid());
    const distros = [...builtIn, ...await addedDistros(paths, report)];
    return { host, paths, config: await loadConfig(paths.configFile, host.env, distros), distros };
  }

  /** Runs `cubic` with these arguments. */
  async run(args: readonly string[], facts: RunFacts = {}): Promise<Ran> {
    const captured = captureTerminal(facts);
    const ui = new Ui(captured.terminal);
    let loads = 0;
    const load = (): Promise<App> => {
      loads++;
      return this.app(facts.env, ui.report);
    };
    const signal = facts.signal ?? new AbortController().signal;
    const parts = { ui, load, signal };
    const paths = (): Promise<Paths> => Promise.resolve(this.paths);
    const status = await runProgram(args, { ...parts, paths });
    return { status, loads, stdout: captured.stdout(), stderr: captured.stderr() };
  }

  /** The same with the arguments as one line, split at blanks; fails unless the exit status is 0. */
  async ok(line: string, facts: RunFacts = {}): Promise<Ran> {
    const ran = await this.run(line.split(" "), facts);
    if (ran.status === 0) return ran;
    throw new Error(`cubic ${line} ended with ${ran.status}:\n${ran.stdout}${ran.stderr}`);
  }

  /** Puts a blank disk into the image store as {@linkcode IMAGE}. */
  async addImage(): Promise<StoredImage> {
    const file = join(this.#root, "blank.qcow2");
    const host = this.host();
    const { code, stderr } = await host.run("qemu-img", [
      ...["create", "-q", "-f", "qcow2"],
      ...[file, String(IMAGE_BYTES)],
    ]);
    if (code !== 0) throw new Error(`qemu-img: ${stderr}`);
    return await addImage(this.paths, {
      file,
      checksum: { algorithm: "sha512", digest: await digestFile(file, "sha512") },
      facts: {
        names: [`${IMAGE}:${host.arch}`, `debian:12:${host.arch}`],
        distro: "debian",
        release: "bookworm",
        codename: "bookworm",
        version: "12",
        arch: host.arch,
        source: "built",
        verified: "built",
      },
      now: Date.now(),
    });
  }

  /** The text with what differs from run to run and from host to host replaced, for snapshots. */
  mask(text: string): string {
    return text
      .replaceAll(this.home, "<home>")
      .replaceAll(this.#root, "<root>")
      .replaceAll(this.host().arch, "<arch>");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#root, { recursive: true });
  }
}

/** A terminal that keeps what is written to it. */
export interface CapturedTerminal {
  readonly terminal: Terminal;
  stdout(): string;
  stderr(): string;
  /** How often something was written to stderr. */
  writes(): number;
}

/** Makes one with these facts. */
export function captureTerminal(facts: RunFacts = {}): CapturedTerminal {
  const { typed = [], terminal = [], columns = 80, rows = 24, env = {} } = facts;
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const lines = [...typed];
  return {
    terminal: {
      writeOut: (bytes) => {
        out.push(bytes.slice());
        return Promise.resolve();
      },
      writeErr: (bytes) => void err.push(bytes.slice()),
      stdinIsTerminal: terminal.includes("stdin"),
      stdoutIsTerminal: terminal.includes("stdout"),
      stderrIsTerminal: terminal.includes("stderr"),
      columns: () => columns,
      rows: () => rows,
      readLine: () => Promise.resolve(lines.shift()),
      env: (name) => ({ TERM: "xterm-256color", ...env })[name] || undefined,
    },
    stdout: () => decode(out),
    stderr: () => decode(err),
    writes: () => err.length,
  };
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}
