/** Waiting until something is true of an instance; each wait has a deadline and ends early when it can't succeed. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import { isAlive } from "../process.ts";
import type { Operation } from "../progress.ts";
import { lastLines } from "../qemu/launch.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { CLOUD_INIT_LINE, failedModules, readCloudInit } from "./cloud_init.ts";
import { connectRunning, stoppedError } from "./connect.ts";
import { runLine } from "./guest_line.ts";
import { inspectInstance, type RunningFacts } from "./inspect.ts";
import { recordedProcess } from "./run_record.ts";
import { readInstance } from "./store.ts";
import { describeGoal, listenLine, type WaitGoal } from "./wait_goal.ts";

/** For which instance, what, and until when. */
export interface WaitRequest {
  readonly name: string;
  readonly goal: WaitGoal;
  /** Milliseconds until it is given up. */
  readonly timeoutMs: number;
  /** When they began, as performance.now() tells it; now when left out. Several waits may share a deadline. */
  readonly since?: number;
}

/** What is looked at again and again. */
interface Watch {
  readonly app: App;
  readonly request: WaitRequest;
  readonly running: RunningFacts;
  readonly operation: Operation;
  /** Milliseconds that are left; 0 when none are. */
  readonly left: () => number;
}

/** What one look at the guest found: undefined when it is as wanted, else what it is that is not there yet. */
type Look = (connection: SshConnection, watch: Watch) => Promise<string | undefined>;

const PAUSE_MS = 500;
/** Time for the first look, which is taken even when the deadline is nearer or past: `--timeout 0` only asks. */
const FIRST_LOOK_MS = 3000;
/** How much of the console an error shows. */
const CONSOLE_LINES = 8;
/** A guest that answers nothing within this is asked anew. */
const ANSWER_MS = 30_000;

/**
 * Waits until it is true.
 * @throws CubicError "instance-not-found"; "instance-stopped" when it does not run or stops meanwhile; "wait-timeout"
 * with the console's last lines; "failed" when cloud-init failed; "ssh-failed".
 */
export async function waitFor(
  app: App,
  request: WaitRequest,
  operation: Operation,
): Promise<void> {
  const { name, goal, timeoutMs, since = performance.now() } = request;
  const deadline = since + timeoutMs;
  const left = (): number => Math.max(0, deadline - performance.now());
  await readInstance(app.paths, name);
  operation.report({ kind: "step", text: `Waiting for ${describeGoal(goal, name)}` });
  if (goal.kind === "stopped") return await waitUntilStopped(app, request, operation, left);
  const { running, state } = await inspectInstance(app, name);
  if (!running) throw stoppedError(name);
  if (state === "crashed") throw crashedError(name);
  await watchGuest({ app, request, running, operation, left }, lookFor(goal));
}

function lookFor(goal: Exclude<WaitGoal, { kind: "stopped" }>): Look {
  switch (goal.kind) {
    case "ssh":
      return () => Promise.resolve(undefined);
    case "cloud-init":
      return lookAtCloudInit;
    case "port":
      return (connection, watch) => lookAtPort(connection, watch, goal.port);
    case "command":
      return (connection, watch) => tryLine(connection, watch, goal.line);
  }
}

/** Connects, and again when the guest restarts meanwhile, and looks until it is as wanted; at least once. */
async function watchGuest(given: Watch, look: Look): Promise<void> {
  const { app, request: { name }, running, operation: { signal } } = given;
  let looked = false;
  let missing: string | undefined;
  const left = (): number => Math.max(given.left(), looked ? 0 : FIRST_LOOK_MS);
  const watch = { ...given, left };
  while (left() > 0) {
    using connection = await connectInTime(watch, missing);
    let answers = true;
    while (answers && !connection.lost && left() > 0) {
      const found = await look(connection, watch).catch((error) => {
        answers = false;
        return whyNoAnswer(error);
      });
      looked = true;
      if (found === undefined) return;
      // What the deadline cut off says less than the look before it.
      if (left() > 0 || missing === undefined) missing = found;
      if (!(await isAlive(app.host, running.process))) throw endedError(name);
      await app.host.sleep(Math.min(PAUSE_MS, left()), signal);
    }
    if (!(await isAlive(app.host, running.process))) throw endedError(name);
  }
  throw await timeoutError(watch, missing);
}

/** A connection that breaks is made anew; every other failure ends the wait. */
function whyNoAnswer(error: unknown): string {
  if (isCubicError(error, "ssh-failed")) return error.message;
  throw error;
}

async function connectInTime(watch: Watch, missing: string | undefined): Promise<SshConnection> {
  const { app, request: { name }, running, operation, left } = watch;
  try {
    return await connectRunning(app, { name }, { timeoutMs: left() }, quietSteps(operation));
  } catch (error) {
    if (isCubicError(error, "interrupted")) throw error;
    if (!(await isAlive(app.host, running.process))) throw endedError(name, error);
    if (isCubicError(error, "start-timeout")) throw await timeoutError(watch, missing, error);
    throw error;
  }
}

/** The step of connecting would hide what is waited for. */
function quietSteps({ signal, report }: Operation): Operation {
  return { signal, report: (event) => event.kind === "step" ? undefined : report(event) };
}

async function lookAtCloudInit(
  connection: SshConnection,
  watch: Watch,
): Promise<string | undefined> {
  const { request: { name }, operation: { report } } = watch;
  const asked = await ask(connection, watch, CLOUD_INIT_LINE, ANSWER_MS);
  if (asked.failure !== undefined) return asked.failure;
  const state = readCloudInit(asked.stdout);
  if (state.kind === "absent" || state.kind === "disabled") {
    throw new CubicError(
      "failed",
      `Cannot wait for cloud-init of "${name}": it is ${
        state.kind === "absent" ? "not installed there" : "switched off there"
      }`,
      { hint: `\`cubic wait ${name} --for ssh\` waits for a login instead.` },
    );
  }
  if (state.kind === "running") {
    const stage = state.stage === "" ? "" : ` (${state.stage})`;
    report({ kind: "step", text: `Waiting for cloud-init of ${name}${stage}` });
    return `it is at work${stage}`;
  }
  for (const text of state.warnings) {
    report({ kind: "warning", text: `cloud-init of ${name}: ${text}` });
  }
  if (state.errors.length === 0) return undefined;
  const modules = failedModules(state.errors).join(", ");
  throw new CubicError(
    "failed",
    `Cannot set up "${name}": cloud-init failed${modules === "" ? "" : ` in ${modules}`}`,
    {
      details: state.errors.join("\n"),
      hint: `\`cubic logs ${name} --cloud-init\` shows what it said.`,
    },
  );
}

async function lookAtPort(
  connection: SshConnection,
  watch: Watch,
  port: number,
): Promise<string | undefined> {
  const { failure, code } = await ask(connection, watch, listenLine(port));
  // grep(1) found nothing.
  return code === 1 ? "nothing listens there" : failure;
}

async function tryLine(
  connection: SshConnection,
  watch: Watch,
  line: string,
): Promise<string | undefined> {
  return (await ask(connection, watch, line)).failure;
}

/** Runs a line of POSIX shell, whatever the user's own shell is; `failure` is why it did not exit with 0. */
async function ask(
  connection: SshConnection,
  { left, operation: { signal } }: Watch,
  line: string,
  mostMs = Infinity,
): Promise<{ readonly stdout: string; readonly failure?: string; readonly code?: number }> {
  const command = quoteCommand(["sh", "-c", line]);
  const { status, stdout, words } = await runLine(
    connection,
    command,
    Math.min(mostMs, left()),
    signal,
  );
  if (status.kind === "code" && status.code === 0) return { stdout };
  if (status.kind === "lost") {
    return {
      stdout,
      failure: connection.lost ? "the connection was lost" : "there was no answer in time",
    };
  }
  const said = words === "" ? "" : `: ${words.split("\n").slice(-3).join(" ")}`;
  if (status.kind === "signal") return { stdout, failure: `signal ${status.signal}${said}` };
  return { stdout, failure: `exit status ${status.code}${said}`, code: status.code };
}

async function waitUntilStopped(
  app: App,
  request: WaitRequest,
  { signal }: Operation,
  left: () => number,
): Promise<void> {
  const files = instanceFiles(app.paths, request.name);
  while (await recordedProcess(app.host, files)) {
    if (left() === 0) {
      throw new CubicError("wait-timeout", timeoutMessage(request), {
        hint: `\`cubic stop ${request.name}\` shuts it down; --timeout waits longer.`,
      });
    }
    await app.host.sleep(Math.min(PAUSE_MS, left()), signal);
  }
}

function timeoutMessage({ name, goal, timeoutMs }: WaitRequest): string {
  const time = timeoutMs < 1000 ? `${timeoutMs} ms` : `${Math.round(timeoutMs / 1000)} s`;
  return `Cannot wait longer for ${describeGoal(goal, `"${name}"`)}: ${time} are over`;
}

async function timeoutError(
  { app, request }: Watch,
  missing: string | undefined,
  cause?: CubicError,
): Promise<CubicError> {
  const { name } = request;
  const last = await lastLines(instanceFiles(app.paths, name).consoleLog, CONSOLE_LINES);
  const parts = [
    ...(missing === undefined ? [] : [`When it was last asked: ${missing}`]),
    ...(last === "" ? [] : [`The last lines of its console:\n${last}`]),
  ];
  return new CubicError("wait-timeout", timeoutMessage(request), {
    hint: `\`cubic logs ${name}\` shows the whole console; --timeout waits longer.`,
    ...(parts.length > 0 && { details: parts.join("\n") }),
    cause,
  });
}

function endedError(name: string, cause?: unknown): CubicError {
  return new CubicError("instance-stopped", `Cannot go on waiting for "${name}": it stopped`, {
    hint: `\`cubic logs ${name}\` shows what it said last.`,
    cause,
  });
}

function crashedError(name: string): CubicError {
  return new CubicError("failed", `Cannot wait for "${name}": its guest has crashed`, {
    hint:
      `\`cubic logs ${name}\` shows what it said last; \`cubic restart ${name}\` starts it anew.`,
  });
}
