/** How tests start cubic as a process: by Deno from the source, or compiled where there is no Deno. */
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname!, "..", "..");

/** The runtimes that a compiled program must do without. */
export const RUNTIMES = ["deno", "node", "nodejs", "npm", "npx"] as const;

/** A way to start cubic. */
export interface Program {
  /** The command and its first arguments. */
  readonly words: readonly string[];
  /** The directory that it is in, with all that belongs to it. */
  readonly directory: string;
  /** The whole environment that it is started in, to which a test adds its own. */
  readonly env: Readonly<Record<string, string>>;
}

/** The compiled program that CUBIC_TEST_PROGRAM names, else the source. */
export async function testProgram(): Promise<Program> {
  const compiled = Deno.env.get("CUBIC_TEST_PROGRAM");
  return compiled ? compiledProgram(await Deno.realPath(compiled)) : await sourceProgram();
}

/** A compiled program: its environment has no runtime on PATH and no variable that is meant for one. */
export function compiledProgram(
  path: string,
  outer: Readonly<Record<string, string>> = Deno.env.toObject(),
): Program {
  const variables = Object.entries(outer).filter(([name]) => !/^(DENO|NODE|NPM|npm)_/.test(name));
  const env = { ...Object.fromEntries(variables), PATH: barePath(outer["PATH"] ?? "") };
  return { words: [path], directory: dirname(path), env };
}

let source: Promise<Program> | undefined;

/** It keeps Deno's directory also where a test gives it another home. */
function sourceProgram(): Promise<Program> {
  const options = ["run", "-A", "--no-check", "--quiet", "--config", join(ROOT, "deno.json")];
  const words = [Deno.execPath(), ...options, join(ROOT, "main.ts")];
  return source ??= denoDir().then((directory) => ({
    words,
    directory: ROOT,
    env: { ...Deno.env.toObject(), DENO_DIR: directory },
  }));
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

const bare = new Map<string, string>();

/** A PATH without the runtimes: a directory that has one is replaced by links to what else it has. */
function barePath(path: string): string {
  const known = bare.get(path) ?? makeBarePath(path.split(":").filter((entry) => entry !== ""));
  bare.set(path, known);
  return known;
}

function makeBarePath(directories: readonly string[]): string {
  let links: string | undefined;
  const path = [...new Set(directories)].map((directory, index) => {
    const names = namesIn(directory);
    if (!names.some(isRuntime)) return directory;
    links ??= temporaryDirectory();
    const replacement = join(links, String(index));
    Deno.mkdirSync(replacement);
    for (const name of names.filter((name) => !isRuntime(name))) {
      Deno.symlinkSync(join(directory, name), join(replacement, name));
    }
    return replacement;
  });
  return path.join(":");
}

function isRuntime(name: string): boolean {
  return RUNTIMES.some((runtime) => name === runtime);
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch {
    // PATH may name what is not there.
    return [];
  }
}

/** One that goes away with this process's tests. */
function temporaryDirectory(): string {
  const directory = Deno.makeTempDirSync({ prefix: "cubic-path-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  return directory;
}
