/** Ports of the host that instances listen on. Two instances never get the same one from us. */
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { acquireLock, type Lock } from "../lock.ts";
import type { Paths } from "../paths.ts";
import type { Report } from "../progress.ts";
import type { PortForward } from "../qemu/machine.ts";
import { formatForward, sameListener } from "./forward.ts";
import { inspectInstance } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { instanceNames, readInstance } from "./store.ts";

/** What of the app is needed to look around. */
interface Where {
  readonly host: Host;
  readonly paths: Paths;
}

/** Below the range from which Linux (32768) and macOS (49152) take ports for outgoing connections. */
const FIRST = 20_000;
const COUNT = 10_000;

/** Waiting for the lock takes as long as others need to pick a port: milliseconds. */
const LOCK_WAIT_MS = 10_000;

/** Holds back everybody else who wants to pick a port, until the choice is written into an instance. */
export async function lockPorts(
  paths: Pick<Paths, "locks">,
  signal: AbortSignal,
): Promise<Lock> {
  return await acquireLock(paths, "ports", {
    waitMs: LOCK_WAIT_MS,
    purpose: "picking a port",
    signal,
  });
}

/**
 * A free loopback port that no instance has, for the guest's sshd. The caller holds the lock of the ports; `own`
 * are the rules of the instance that it is for.
 * @throws CubicError "port-taken" when not one of the range is free.
 */
export async function pickSshPort(
  paths: Paths,
  own: readonly PortForward[] = [],
): Promise<number> {
  const taken = new Set(own.map(({ hostPort }) => hostPort));
  for (const instance of await otherInstances(paths)) {
    taken.add(instance.sshPort);
    for (const { hostPort } of instance.forwards) taken.add(hostPort);
  }
  const offset = Math.floor(Math.random() * COUNT);
  for (let step = 0; step < COUNT; step++) {
    const port = FIRST + (offset + step) % COUNT;
    if (!taken.has(port) && await isFree(sshListener(port))) return port;
  }
  throw new CubicError(
    "port-taken",
    `Cannot find a free port from ${FIRST} to ${FIRST + COUNT - 1}`,
    {
      hint: "`cubic ports` lists those of instances; each instance keeps one until it is deleted.",
    },
  );
}

/** The listener that leads to a guest's sshd. */
export function sshListener(port: number): PortForward {
  return { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: port, guestPort: 22 };
}

/** True when this user can listen there now. */
export async function isFree(rule: PortForward): Promise<boolean> {
  return await findObstacle(rule) === undefined;
}

type Obstacle = "taken" | "privileged" | "no-address";

const OBSTACLES: Readonly<Record<string, Obstacle>> = {
  EADDRINUSE: "taken",
  EACCES: "privileged",
  EADDRNOTAVAIL: "no-address",
};

async function findObstacle(rule: PortForward): Promise<Obstacle | undefined> {
  try {
    if (rule.protocol === "tcp") listenOnTcp(rule);
    else await listenOnUdp(rule);
    return undefined;
  } catch (error) {
    const obstacle = OBSTACLES[(error as { readonly code?: string }).code ?? ""];
    if (obstacle === undefined) throw error;
    return obstacle;
  }
}

function listenOnTcp({ hostAddress, hostPort }: PortForward): void {
  Deno.listen({ hostname: hostAddress, port: hostPort }).close();
}

/** By node:dgram, because Deno's own datagrams are unstable and absent without a flag. */
async function listenOnUdp({ hostAddress, hostPort }: PortForward): Promise<void> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  const bound = Promise.withResolvers<void>();
  socket.once("error", bound.reject);
  socket.bind({ address: hostAddress, port: hostPort }, () => bound.resolve());
  try {
    await bound.promise;
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

/** More than this would use up the files a process may have open on many hosts. */
const MOST_FORWARDS = 500;

/**
 * Checks the rules of an instance against each other, and against its SSH port where it has one already.
 * @throws CubicError "invalid-value" when two of them want the same port, or there are too many.
 */
export function checkForwards(forwards: readonly PortForward[], sshPort?: number): void {
  if (forwards.length > MOST_FORWARDS) {
    throw new CubicError(
      "invalid-value",
      `Cannot forward ${forwards.length} ports: an instance can have ${MOST_FORWARDS}`,
      { hint: "`cubic tunnel web -D 1080` is a proxy to every port of the guest." },
    );
  }
  forwards.forEach((rule, index) => {
    if (sshPort !== undefined && sameListener(rule, sshListener(sshPort))) {
      throw new CubicError(
        "invalid-value",
        `Cannot forward port ${rule.hostPort}: it is the instance's own SSH port`,
        { hint: "Use another host port." },
      );
    }
    const earlier = forwards.slice(0, index).find((other) => sameListener(rule, other));
    if (!earlier) return;
    throw new CubicError(
      "invalid-value",
      `Cannot forward port ${rule.hostPort} twice: ${formatForward(earlier)} and ${
        formatForward(rule)
      }`,
      { hint: "Give one of the rules another host port." },
    );
  });
}

/**
 * Checks that an instance's rules can be put in force now.
 * @throws CubicError "port-taken", naming the instance that holds the port where it is one of ours;
 * "invalid-value" when this user or this host can't listen there at all.
 */
export async function requireFreePorts(app: Where, instance: Instance): Promise<void> {
  await requireListeners(app, instance.name, instance.forwards, `start "${instance.name}"`);
}

/**
 * Checks that an instance could listen there now; `action` is what can't be done otherwise, for the message.
 * @throws CubicError as `requireFreePorts`.
 */
export async function requireListeners(
  app: Where,
  name: string,
  rules: readonly PortForward[],
  action: string,
): Promise<void> {
  for (const rule of rules) {
    const problem = await findObstacle(rule);
    if (problem === "taken") throw await takenError(app, name, rule, action);
    if (problem !== undefined) throw neverFree(rule, problem, action);
  }
}

/**
 * Checks rules that are to be in force some other day: a port that is taken now may be free then, so that is only a
 * warning.
 * @throws CubicError "invalid-value" when this user or this host can't listen there at all.
 */
export async function warnOfListeners(
  rules: readonly PortForward[],
  action: string,
  report: Report,
): Promise<void> {
  for (const rule of rules) {
    const problem = await findObstacle(rule);
    if (problem === undefined) continue;
    if (problem !== "taken") throw neverFree(rule, problem, action);
    const text = `Port ${rule.hostPort} is taken now; the instance can't start until it is free`;
    report({ kind: "warning", text });
  }
}

async function takenError(
  app: Where,
  name: string,
  rule: PortForward,
  action: string,
): Promise<CubicError> {
  const holder = await holderOf(app, name, rule);
  const who = holder === undefined ? "another program" : `the instance "${holder}"`;
  return new CubicError(
    "port-taken",
    `Cannot ${action}: ${who} listens on port ${rule.hostPort}`,
    {
      hint: holder === undefined
        ? `\`ss -ltnup | grep ${rule.hostPort}\` (or \`lsof -i :${rule.hostPort}\`) shows which.`
        : `\`cubic stop ${holder}\` frees it.`,
    },
  );
}

function neverFree(
  { hostAddress, hostPort }: PortForward,
  problem: Exclude<Obstacle, "taken">,
  action: string,
): CubicError {
  return problem === "privileged"
    ? new CubicError(
      "invalid-value",
      `Cannot ${action}: only root may listen on port ${hostPort}`,
      { hint: "Use a host port from 1024 up." },
    )
    : new CubicError(
      "invalid-value",
      `Cannot ${action}: this host has no address ${hostAddress}`,
      { hint: "Use 127.0.0.1, or 0.0.0.0 for every address of the host." },
    );
}

async function holderOf(
  app: Where,
  name: string,
  rule: PortForward,
): Promise<string | undefined> {
  for (const other of await otherInstances(app.paths, name)) {
    const listeners = [...other.forwards, sshListener(other.sshPort)];
    if (!listeners.some((listener) => sameListener(listener, rule))) continue;
    if ((await inspectInstance(app, other.name)).state !== "stopped") return other.name;
  }
  return undefined;
}

/** All instances but one; a broken one has no say. */
async function otherInstances(paths: Paths, except?: string): Promise<Instance[]> {
  const names = (await instanceNames(paths)).filter((name) => name !== except);
  const read = await Promise.all(
    names.map((name) => readInstance(paths, name).catch(() => undefined)),
  );
  return read.filter((instance) => instance !== undefined);
}
