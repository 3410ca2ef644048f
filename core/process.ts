/**
 * Telling processes apart. A pid alone is a lie after a reboot: it may belong to a stranger by then. A process
 * is known by its pid together with when it started, and on Linux in which boot.
 */
import type { Host } from "./host.ts";

/** A process that can be recognised later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of this host; compared, never parsed. */
  readonly started: string;
}

type ProcessHost = Pick<Host, "os" | "run">;

/** The identity of the process that has this pid now; undefined when there is none, or only a zombie. */
export async function identifyProcess(
  host: ProcessHost,
  pid: number,
): Promise<ProcessIdentity | undefined> {
  if (host.os === "linux") return await identifyOnLinux(pid);
  // lstart is written in the caller's language and time zone, which the next command may not share.
  const env = { LC_ALL: "C", TZ: "UTC" };
  const { code, stdout } = await host.run("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    env,
  });
  const line = stdout.trim();
  if (code !== 0 || line === "" || line.startsWith("Z")) return undefined;
  return { pid, started: line.replace(/^\S+\s+/, "") };
}

/** True while that very process runs. */
export async function isAlive(host: ProcessHost, identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(host, identity.pid))?.started === identity.started;
}

/**
 * Sends a signal to that very process; false when it is gone. Between check and signal lie microseconds in
 * which the pid can't wrap round.
 */
export async function signalProcess(
  host: ProcessHost,
  identity: ProcessIdentity,
  signal: "SIGTERM" | "SIGKILL",
): Promise<boolean> {
  if (!(await isAlive(host, identity))) return false;
  try {
    Deno.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // Deno reports ESRCH as a TypeError or a plain Error on some systems.
    if (!(await isAlive(host, identity))) return false;
    throw error;
  }
}

/** Waits until the process is gone; false when it still runs at the deadline. */
export async function waitForEnd(
  host: Pick<Host, "os" | "run" | "sleep">,
  process: ProcessIdentity,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 10;; pause = Math.min(pause * 2, 250)) {
    if (!(await isAlive(host, process))) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await host.sleep(Math.min(pause, left), signal);
  }
}

/** The processes whose command line satisfies a test; for finding one again that nobody wrote down. */
export async function findProcesses(
  host: ProcessHost,
  matches: (command: readonly string[]) => boolean,
): Promise<{ readonly process: ProcessIdentity; readonly command: readonly string[] }[]> {
  const found: { process: ProcessIdentity; command: readonly string[] }[] = [];
  for (const { pid, command } of await commandLines(host)) {
    if (pid === Deno.pid || !matches(command)) continue;
    const process = await identifyProcess(host, pid);
    if (process) found.push({ process, command });
  }
  return found;
}

/** Seconds of processor time the process has used so far; undefined when it is gone. */
export async function cpuSeconds(host: ProcessHost, pid: number): Promise<number | undefined> {
  if (host.os === "linux") {
    const fields = await readStat(pid);
    // utime and stime, in ticks of 1/100 s on every Linux.
    return fields ? (Number(fields[11]) + Number(fields[12])) / 100 : undefined;
  }
  const { code, stdout } = await host.run("ps", ["-o", "cputime=", "-p", String(pid)]);
  if (code !== 0 || stdout.trim() === "") return undefined;
  return stdout.trim().split(":").reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** Bytes of the host's memory the process holds, shared pages too; undefined when it is gone. */
export async function residentBytes(host: ProcessHost, pid: number): Promise<number | undefined> {
  if (host.os === "linux") {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return resident === undefined ? undefined : Number(resident) * 1024;
  }
  const { code, stdout } = await host.run("ps", ["-o", "rss=", "-p", String(pid)]);
  const kilobytes = Number.parseInt(stdout, 10);
  return code === 0 && kilobytes >= 0 ? kilobytes * 1024 : undefined;
}

async function identifyOnLinux(pid: number): Promise<ProcessIdentity | undefined> {
  const fields = await readStat(pid);
  if (!fields || fields[0] === "Z" || fields[0] === "X") return undefined;
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  return { pid, started: `${boot}/${fields[19]}` };
}

/** The fields of /proc/PID/stat from the state on; the name before it may hold spaces and parentheses. */
async function readStat(pid: number): Promise<string[] | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).trim().split(" ");
}

/**
 * A file about a process; undefined when that is gone or not to be seen. Any other failure is one: a machine may not
 * count as stopped because this program has too many files open.
 */
async function readProc(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const hidden = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied ||
      // ESRCH: it ended between open and read. Deno has no class and no code for that.
      (error instanceof Error && error.message.includes("(os error 3)"));
    if (hidden) return undefined;
    throw error;
  }
}

async function commandLines(
  host: ProcessHost,
): Promise<{ pid: number; command: readonly string[] }[]> {
  if (host.os === "linux") return await commandLinesOnLinux();
  // -ww: otherwise lines end at the width of a terminal, long before the uuid.
  const { stdout } = await host.run("ps", ["-axww", "-o", "pid=,command="]);
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match ? [{ pid: Number(match[1]), command: match[2]!.split(" ") }] : [];
  });
}

/** A host may have more processes than a program may have files. */
const READ_AT_ONCE = 32;

async function commandLinesOnLinux(): Promise<{ pid: number; command: readonly string[] }[]> {
  const pids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (/^\d+$/.test(name)) pids.push(Number(name));
  }
  const lines: { pid: number; command: readonly string[] }[] = [];
  while (pids.length > 0) {
    const some = pids.splice(0, READ_AT_ONCE).map(async (pid) => ({
      pid,
      command: (await readProc(`/proc/${pid}/cmdline`) ?? "").split("\0"),
    }));
    lines.push(...await Promise.all(some));
  }
  return lines.filter(({ command }) => command[0] !== "");
}
