/** A stand-in for a QEMU that forwards ports, and refuses what it is told to. */
import type { Request } from "./qmp_server.ts";

/** Its answers, and what it was asked. */
export interface ForwardingQemu {
  readonly answer: (command: string, request: Request) => unknown;
  /** The commands for people that came, in order. */
  readonly asked: readonly string[];
}

/** Makes one with these rules in force; a command that `refuses` matches fails. */
export function forwardingQemu(rules: readonly string[] = [], refuses = /^$/): ForwardingQemu {
  const asked: string[] = [];
  const answer = (command: string, request: Request): unknown => {
    if (command === "query-status") return { status: "running", running: true };
    if (command !== "human-monitor-command") return {};
    const line = String(request.arguments?.["command-line"]);
    if (line === "info usernet") return rules.join("\n");
    asked.push(line);
    if (refuses.test(line)) return "Could not set up host forwarding rule";
    return line.startsWith("hostfwd_remove") ? "host forwarding rule for it removed" : "";
  };
  return { answer, asked };
}

/** A rule of TCP as `info usernet` tells it. */
export function usernetLine(hostPort: number, guestPort: number): string {
  return `  TCP[HOST_FORWARD]  13       127.0.0.1 ${hostPort}       10.0.2.15 ${guestPort}     0     0`;
}
