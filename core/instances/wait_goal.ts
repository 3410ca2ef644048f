/** What `cubic wait` can wait for, as it is written on a command line. Pure. */
import { CubicError } from "../errors.ts";

/** What has to be true of an instance. */
export type WaitGoal =
  /** A login succeeds. */
  | { readonly kind: "ssh" }
  /** cloud-init has ended without an error. */
  | { readonly kind: "cloud-init" }
  /** A program of the guest listens on that TCP port. */
  | { readonly kind: "port"; readonly port: number }
  /** A line for the guest's shell exits with 0. */
  | { readonly kind: "command"; readonly line: string }
  /** Its QEMU is gone. */
  | { readonly kind: "stopped" };

/**
 * Reads `ssh`, `cloud-init`, `port:8080` or `stopped`.
 * @throws CubicError "invalid-value"
 */
export function parseGoal(text: string): WaitGoal {
  if (text === "ssh" || text === "cloud-init" || text === "stopped") return { kind: text };
  const port = Number(/^port:(\d{1,5})$/.exec(text)?.[1]);
  if (port >= 1 && port <= 65_535) return { kind: "port", port };
  throw new CubicError("invalid-value", `Cannot wait for "${text}"`, {
    hint: "Write ssh, cloud-init, port:8080 or stopped, or a command after --.",
  });
}

/** The goal as the object of "waiting for". */
export function describeGoal(goal: WaitGoal, name: string): string {
  return goal.kind === "stopped" ? `${name} to stop` : `${what(goal)} of ${name}`;
}

/** What is to be said when it is true. */
export function goalReached(goal: WaitGoal, name: string): string {
  if (goal.kind === "stopped") return `${name} stopped`;
  return `${name}: ${what(goal)} ${goal.kind === "command" ? "succeeded" : "is ready"}`;
}

function what(goal: Exclude<WaitGoal, { readonly kind: "stopped" }>): string {
  if (goal.kind === "port") return `port ${goal.port}`;
  return goal.kind === "command" ? `\`${goal.line}\`` : goal.kind;
}

/**
 * A line of POSIX shell that succeeds when something listens on the port, on whatever address: the kernel's own
 * tables of TCP sockets (proc(5); state 0A is LISTEN), which every Linux has and every user may read.
 */
export function listenLine(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | ` +
    `grep -qE '^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0A '`;
}
