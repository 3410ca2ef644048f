/** The programs that copy, each as a user would type it: OpenSSH's, rsync and tar with their own choice of cipher, and ours. */
import { fileURLToPath } from "node:url";
import type { Server } from "./server.ts";

/** Onto the server, or from it. */
export type Way = "up" | "down";

/** One program that copies one way. */
export interface Contender {
  readonly name: string;
  readonly way: Way;
  /** Whether it is cubic. */
  readonly ours: boolean;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What to copy: up from a path of the host to one of the server, down the other way round. */
export interface Copy {
  readonly way: Way;
  readonly from: string;
  readonly to: string;
}

/** A way to copy over one server. */
export type Program = (server: Server, copy: Copy) => Contender;

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** How cubic is started: the compiled program that CUBIC_TEST_PROGRAM names, else Deno with the source. */
export function cubicCommand(): readonly string[] {
  const compiled = Deno.env.get("CUBIC_TEST_PROGRAM");
  return compiled ? [compiled] : [Deno.execPath(), "run", "-A", "--quiet", "--no-check", MAIN];
}

/** `cubic scp` with these options. */
export function cubic(name: string, ...options: readonly string[]): Program {
  return (server, copy) => ({
    name,
    way: copy.way,
    ours: true,
    command: [
      ...[...cubicCommand(), "scp", "--quiet", ...options],
      ...ends(copy, (path) => `${server.instance}:${path}`),
    ],
    env: { CUBIC_HOME: server.home },
  });
}

/** OpenSSH's `scp` with these options. */
export function scp(name: string, ...options: readonly string[]): Program {
  return (server, copy) =>
    peer(name, copy, [
      ...["scp", "-q", ...options, "-P", String(server.port), ...sshOptions(server)],
      ...ends(copy, (path) => `${login(server)}:${path}`),
    ]);
}

/** OpenSSH's `sftp` with one line to do. */
export function sftp(server: Server, copy: Copy): Contender {
  const verb = copy.way === "up" ? "put" : "get";
  const options = ["-q", "-b", "-", "-P", String(server.port), ...sshOptions(server)];
  const program = ["sftp", ...options, login(server)].join(" ");
  return shell("sftp", copy, `echo '${verb} ${copy.from} ${copy.to}' | ${program}`);
}

/** rsync over ssh; a directory's content with a slash at the end of the source. */
export function rsync(name: string, options: string, slash = ""): Program {
  return (server, copy) =>
    peer(name, copy, [
      ...["rsync", options, "-e", ssh(server)],
      ...ends({ ...copy, from: copy.from + slash }, (path) => `${login(server)}:${path}`),
    ]);
}

/** One file through a pipe and `cat`. */
export function sshCat(server: Server, copy: Copy): Contender {
  const { from, to } = copy;
  const remote = `${ssh(server)} ${login(server)}`;
  const line = copy.way === "up"
    ? `${remote} 'cat >${to}' <${from}`
    : `${remote} 'cat ${from}' >${to}`;
  return shell("ssh cat", copy, line);
}

/** A directory's content through a pipe from one tar to another, with more options for the one that reads. */
export function tarOverSsh(name: string, options = ""): Program {
  return (server, copy) => {
    const pack = `tar -C ${copy.from} ${options} -cf - .`;
    const unpack = `mkdir -p ${copy.to} && tar -C ${copy.to} -xf -`;
    const remote = `${ssh(server)} ${login(server)}`;
    const line = copy.way === "up"
      ? `${pack} | ${remote} '${unpack}'`
      : `${remote} '${pack}' | (${unpack})`;
    return shell(name, copy, line);
  };
}

function ends({ way, from, to }: Copy, there: (path: string) => string): [string, string] {
  return way === "up" ? [from, there(to)] : [there(from), to];
}

function login({ user, host }: Server): string {
  return `${user}@${host}`;
}

function ssh(server: Server): string {
  return ["ssh", "-p", String(server.port), ...sshOptions(server)].join(" ");
}

/** Nothing of the user's own configuration, and nothing about ciphers. */
function sshOptions({ keyFile }: Server): string[] {
  const options = ["IdentitiesOnly=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR"];
  options.push("UserKnownHostsFile=/dev/null");
  return ["-F", "none", "-i", keyFile, ...options.flatMap((option) => ["-o", option])];
}

function peer(name: string, { way }: Copy, command: readonly string[]): Contender {
  return { name, way, ours: false, command, env: {} };
}

function shell(name: string, copy: Copy, line: string): Contender {
  return peer(name, copy, ["sh", "-c", line]);
}
