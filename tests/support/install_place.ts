/** A machine for scripts/install.sh: a home, a loopback server, and nothing on PATH but what a test lets it have. */
import { join } from "node:path";
import { type ReleaseServer, serveReleases, standIn } from "./release_server.ts";

/** The script. */
export const INSTALL_SCRIPT = new URL("../../scripts/install.sh", import.meta.url).pathname;

/** This system, as the files of a release call it. */
export const SYSTEM = `${Deno.build.os}-${Deno.build.arch}`;

/** What the script needs beside a downloader and a digest tool. */
const TOOLS = [
  ...["sh", "uname", "getconf", "mktemp", "rm", "cp", "mv", "mkdir", "chmod", "cut", "grep"],
  ...["rmdir", "head", "dirname", "cat", "id"],
];

const NOBODY = 65534;

/** One of these; goes away with its end. */
export interface Place extends AsyncDisposable {
  readonly root: string;
  readonly home: string;
  readonly server: ReleaseServer;
  /** Puts a program of this host on PATH, or a stand-in with that text. */
  tool(name: string, text?: string): Promise<void>;
  /** Runs the script. */
  run(args?: readonly string[], env?: Record<string, string>): Promise<Ran>;
  /** Runs a line of shell as the user of the home. */
  shell(line: string): Promise<Ran>;
  /** What is there below the root, apart from the tools. */
  left(): Promise<string[]>;
}

/** What a run said. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a place differs from the usual one. */
export interface PlaceOptions {
  /** The tools are those of BusyBox. */
  readonly busybox?: boolean;
  /** The home is a plain user's, also where the tests run as root. */
  readonly plainUser?: boolean;
}

/** A home with a blank in its name, and a PATH with these tools beside the basic ones. */
export async function makePlace(
  tools: readonly string[] = ["curl", "sha256sum"],
  { busybox = false, plainUser = false }: PlaceOptions = {},
): Promise<Place> {
  const root = await Deno.makeTempDir({ prefix: "cubic-test-" });
  const home = join(root, "a home");
  const server = serveReleases();
  server.publish("1.2.3", { [SYSTEM]: standIn("1.2.3") });
  for (const name of [home, join(root, "bin"), join(root, "tmp")]) await Deno.mkdir(name);
  const shell = join(root, "bin", "sh");
  const own = { PATH: join(root, "bin"), HOME: home, TMPDIR: join(root, "tmp") };
  const becomeNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const user = plainUser && Deno.uid() === 0 ? [await which("setpriv"), ...becomeNobody] : [];
  const here: Place = {
    root,
    home,
    server,
    async tool(name, text): Promise<void> {
      const path = join(root, "bin", name);
      if (text === undefined) {
        return await Deno.symlink(await which(busybox ? "busybox" : name), path);
      }
      await Deno.writeTextFile(path, text, { mode: 0o755 });
    },
    run: (args = [], env = {}) =>
      run([shell, INSTALL_SCRIPT, ...args], { ...own, CUBIC_INSTALL_URL: server.url, ...env }),
    shell: (line) => run([...user, shell, "-c", line], own),
    left: async () => (await filesBelow(root)).filter((path) => !path.startsWith("bin/")),
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      await Deno.remove(root, { recursive: true });
    },
  };
  for (const name of [...TOOLS, ...tools]) await here.tool(name);
  if (user.length === 0) return here;
  await Deno.chmod(root, 0o755);
  for (const path of [home, join(root, "tmp")]) await Deno.chown(path, NOBODY, NOBODY);
  return here;
}

async function run(
  [command = "", ...args]: readonly string[],
  env: Record<string, string>,
): Promise<Ran> {
  const options = { args, env, clearEnv: true, cwd: "/", stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function which(name: string): Promise<string> {
  const args = ["-c", `command -v ${name}`];
  const { stdout } = await new Deno.Command("sh", { args }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function filesBelow(root: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, below))) {
    const path = join(below, name);
    if (isDirectory) found.push(...await filesBelow(root, path));
    else found.push(path);
  }
  return found.sort();
}
