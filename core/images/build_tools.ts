/** What building an image needs of this host, checked before the first byte is fetched. */
import { CubicError } from "../errors.ts";
import type { Host, RunOptions } from "../host.ts";
import { findProgram, installCommand } from "../programs.ts";

const PROGRAMS = [
  "mmdebstrap",
  "tar",
  "unshare",
  "setsid",
  "mke2fs",
  "e2fsck",
  "sfdisk",
  "mformat",
  "mmd",
  "mcopy",
  "qemu-img",
] as const;

/** The programs a build runs, by name. */
export type BuildProgram = typeof PROGRAMS[number];

/** The checked tools of this host. */
export interface BuildTools {
  /** How files with other owners are made: as root, or in a user namespace of a plain user. */
  readonly mode: "root" | "unshare";
  /** Full paths; a plain user's PATH often lacks the sbin directories. */
  readonly programs: Readonly<Record<BuildProgram, string>>;
}

/** Enters the namespaces in which the build may mount and own files; run before a command. */
export function namespaceArgs({ mode }: Pick<BuildTools, "mode">): string[] {
  return mode === "root" ? ["--mount"] : ["--user", "--map-root-user", "--map-auto", "--mount"];
}

/**
 * Finds the tools and tries the namespaces.
 * @throws CubicError "host-unsupported" or "tool-missing", with the command that mends it.
 */
export async function findBuildTools(host: Host): Promise<BuildTools> {
  if (host.os !== "linux") {
    throw new CubicError("host-unsupported", "Cannot build an image: only Linux hosts can", {
      hint: "Use the distribution's own image: `cubic create NAME --image debian` downloads it.",
    });
  }
  const mode = Deno.uid() === 0 ? "root" : "unshare";
  const wanted = mode === "root" ? PROGRAMS : [...PROGRAMS, "newuidmap", "newgidmap"];
  const found = await Promise.all(wanted.map((name) => findProgram(host, name)));
  const missing = wanted.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) {
    throw new CubicError("tool-missing", `Cannot build an image: ${missing.join(", ")} not found`, {
      hint: `Install what is missing with:\n  ${await installCommand(host, "image-build")}`,
    });
  }
  const programs = Object.fromEntries(wanted.map((name, index) => [name, found[index]])) as Record<
    BuildProgram,
    string
  >;
  const tools: BuildTools = { mode, programs };
  await tryNamespaces(host, tools);
  return tools;
}

async function tryNamespaces(host: Host, tools: BuildTools): Promise<void> {
  const args = [...namespaceArgs(tools), "true"];
  const { code, stderr } = await host.run(tools.programs.unshare, args);
  if (code === 0) return;
  const what = tools.mode === "root" ? "mount file systems here" : "make a user namespace";
  throw new CubicError(
    "host-unsupported",
    `Cannot build an image: this host does not let us ${what}`,
    {
      hint: tools.mode === "root"
        ? "In a container, give it the right to mount (`--privileged`), or build as a plain user."
        : await userNamespaceHint(host),
      details: stderr.trim(),
    },
  );
}

/** What stands in the way of a plain user's namespaces, from the switches the kernel shows. */
async function userNamespaceHint(host: Host): Promise<string> {
  const user = host.env("USER") ?? host.env("LOGNAME") ?? "$(id -un)";
  for (const { file, value, command } of SWITCHES) {
    if (await firstLine(`/proc/sys/${file}`) === value) return `Type:\n  ${command}`;
  }
  const ranges = await Promise.all(["/etc/subuid", "/etc/subgid"].map(readLines));
  const ids = [user, String(Deno.uid())];
  const has = (lines: readonly string[]): boolean =>
    lines.some((line) => ids.includes(line.split(":")[0] ?? ""));
  if (!ranges.every(has)) {
    return `Give your user a range of ids:\n` +
      `  sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`;
  }
  return "util-linux 2.38 or newer is needed for this; or build as root.";
}

const SWITCHES = [
  {
    file: "user/max_user_namespaces",
    value: "0",
    command: "sudo sysctl -w user.max_user_namespaces=15000",
  },
  {
    file: "kernel/unprivileged_userns_clone",
    value: "0",
    command: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  },
  {
    file: "kernel/apparmor_restrict_unprivileged_userns",
    value: "1",
    command: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
  },
] as const;

async function firstLine(path: string): Promise<string | undefined> {
  return (await readLines(path))[0];
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(path)).split("\n");
  } catch {
    return [];
  }
}

/** Lines of a failed tool's output worth showing. */
const LAST_LINES = 15;

/**
 * Runs one tool of the build to its end.
 * @throws CubicError "build-failed" with the tool's last lines, "disk-full", "interrupted".
 */
export async function runTool(
  host: Host,
  action: string,
  command: readonly string[],
  options: RunOptions,
): Promise<string> {
  const lines: string[] = [];
  const [program = "", ...args] = command;
  const { code, stdout } = await host.run(program, args, {
    ...options,
    // Tools' output is read here and shown to people who may have to look it up.
    env: { LC_ALL: "C.UTF-8", ...options.env },
    onLine: (line) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      options.onLine?.(line);
    },
  });
  if (code === 0) return stdout;
  const details = lines.join("\n");
  if (/No space left on device/.test(details)) {
    throw new CubicError("disk-full", `Cannot ${action}: the disk is full`, {
      hint:
        "Free some space (`df -h` shows where); a build needs about 4 GB under the cache and TMPDIR.",
      details,
    });
  }
  throw new CubicError(
    "build-failed",
    `Cannot ${action}: it ended with status ${code}`,
    {
      hint: "These are the tool's last lines; `cubic --verbose image build …` shows all of them.",
      details,
    },
  );
}
