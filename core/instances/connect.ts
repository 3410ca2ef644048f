/** Reaching into a running guest: who to talk to, and waiting until it answers. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import { isAlive, type ProcessIdentity } from "../process.ts";
import type { Operation } from "../progress.ts";
import { lastLines } from "../qemu/launch.ts";
import { connect, type SshConnection } from "../ssh/client.ts";
import type { SshTarget } from "../ssh/target.ts";
import { waitForSsh } from "../ssh/wait.ts";
import { inspectInstance } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { startInstance, type StartOptions, warnOfExpiry } from "./start.ts";
import { readInstance } from "./store.ts";

/** Which instance, and as whom. */
export interface InstanceTarget {
  readonly name: string;
  /** The instance's own user when left out. */
  readonly user?: string;
}

/** How to connect. */
export interface ConnectOptions extends StartOptions {
  /** Milliseconds the guest may take until it can be logged in to. */
  readonly timeoutMs?: number;
  /** Socket of the user's ssh-agent, when the guest may use it. */
  readonly agent?: string;
}

/** A guest's first boot under emulation takes one to three minutes; a loaded host twice that. */
const DEFAULT_READY_MS = 600_000;

/** Reads `[user@]instance`. */
export function parseTarget(text: string): InstanceTarget {
  const at = text.lastIndexOf("@");
  return at < 0 ? { name: text } : { user: text.slice(0, at), name: text.slice(at + 1) };
}

/**
 * Starts the instance if it is stopped and connects as soon as it can be logged in to.
 * @throws CubicError those of `startInstance` and `connectRunning`.
 */
export async function connectInstance(
  app: App,
  target: InstanceTarget,
  options: ConnectOptions,
  operation: Operation,
): Promise<SshConnection> {
  const instance = await readInstance(app.paths, target.name);
  const { state } = await inspectInstance(app, target.name);
  if (state === "running") warnOfExpiry(app, instance, operation);
  else await startInstance(app, target.name, options, operation);
  return await connectRunning(app, target, options, operation);
}

/**
 * Connects to a running instance, waiting for its boot if need be.
 * @throws CubicError "instance-stopped", "start-timeout" with the console's last lines, "ssh-failed".
 */
export async function connectRunning(
  app: App,
  target: InstanceTarget,
  options: ConnectOptions,
  operation: Operation,
): Promise<SshConnection> {
  const instance = await readInstance(app.paths, target.name);
  const { running } = await inspectInstance(app, target.name);
  if (!running) throw stoppedError(target.name);
  const own = await waitUntilReady(app, instance, running.process, options, operation);
  const { user } = target;
  if (user === undefined || user === instance.user) return own;
  // A guest that is up refuses another user at once instead of for as long as a boot may take.
  own.close();
  return await connect(await sshTarget(app, instance, user), {
    signal: operation.signal,
    ...lent(options),
  });
}

async function waitUntilReady(
  app: App,
  instance: Instance,
  qemu: ProcessIdentity,
  options: ConnectOptions,
  operation: Operation,
): Promise<SshConnection> {
  const { name } = instance;
  try {
    return await waitForSsh(await sshTarget(app, instance), {
      signal: operation.signal,
      timeoutMs: options.timeoutMs ?? DEFAULT_READY_MS,
      isAlive: () => isAlive(app.host, qemu),
      ...lent(options),
      onAttempt: (attempt, error) => {
        if (attempt === 1) operation.report({ kind: "step", text: `Waiting for ${name} to boot` });
        operation.report({ kind: "debug", text: error.message });
      },
    });
  } catch (error) {
    throw await explain(app, name, error);
  }
}

function lent({ agent }: ConnectOptions): Pick<ConnectOptions, "agent"> {
  return agent === undefined ? {} : { agent };
}

/** The address, keys and user of an instance, for our client or for somebody else's. */
export async function sshTarget(app: App, instance: Instance, user?: string): Promise<SshTarget> {
  const files = instanceFiles(app.paths, instance.name);
  const [privateKey, hostKey] = await Promise.all([
    Deno.readTextFile(files.clientKey),
    Deno.readTextFile(files.hostKey),
  ]);
  return {
    host: "127.0.0.1",
    port: instance.sshPort,
    user: user ?? instance.user,
    privateKey,
    hostKey: hostKey.trim(),
  };
}

/** The error for a command that needs a running instance. */
export function stoppedError(name: string): CubicError {
  return new CubicError("instance-stopped", `Cannot reach "${name}": it is stopped`, {
    hint: `Start it with \`cubic start ${name} --wait\`.`,
  });
}

/** A guest that never comes up shows why on its console. */
async function explain(app: App, name: string, error: unknown): Promise<unknown> {
  if (!isCubicError(error)) return error;
  const { state } = await inspectInstance(app, name);
  if (error.code !== "start-timeout" && state !== "stopped") return error;
  const { consoleLog, qemuLog } = instanceFiles(app.paths, name);
  const words = state === "stopped" ? await lastLines(qemuLog, 5) : "";
  const lines = [words, await lastLines(consoleLog)].filter((text) => text !== "").join("\n");
  return new CubicError(error.code, error.message, {
    hint:
      `\`cubic logs ${name}\` shows the whole console, \`cubic console ${name}\` attaches to it` +
      (error.code === "start-timeout" ? "; --timeout waits longer." : "."),
    ...(lines !== "" && { details: `The last lines of its console:\n${lines}` }),
    cause: error,
  });
}
