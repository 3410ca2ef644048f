/** What cloud-init said in a running guest. */
import type { App } from "../app.ts";
import { CubicError, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { connectRunning } from "./connect.ts";
import { inspectInstance } from "./inspect.ts";
import type { LogRequest } from "./logs.ts";
import { readInstance } from "./store.ts";

/** Where cloud-init keeps what its modules and their programs print (its logging documentation). */
const LOG = "/var/log/cloud-init-output.log";

/**
 * Yields it, byte for byte; with `follow` until the connection ends.
 * @throws CubicError "instance-stopped" when the instance is down, "failed" when the guest has no such log, and
 * those of `connectRunning`.
 */
export async function* readCloudInitLog(
  app: App,
  name: string,
  { lines, follow }: Pick<LogRequest, "lines" | "follow">,
  operation: Operation,
): AsyncGenerator<Uint8Array> {
  await readInstance(app.paths, name);
  if (!(await inspectInstance(app, name)).running) throw downError(name);
  using connection = await connectRunning(app, { name }, {}, operation);
  const process = await connection.start(logLine(lines, follow === true));
  const { signal } = operation;
  const close = (): void => process.close();
  signal.addEventListener("abort", close, { once: true });
  // Aborted while the command was started: nobody will call the listener.
  if (signal.aborted) close();
  try {
    process.end();
    const complaint = process.stderr.text();
    for (let bytes = await process.stdout.read(); bytes; bytes = await process.stdout.read()) {
      yield bytes.slice();
    }
    if (signal.aborted) throw interrupted();
    const status = await process.status;
    if (status.kind !== "code" || status.code === 0) return;
    throw new CubicError("failed", `Cannot read what cloud-init of "${name}" said`, {
      details: (await complaint).trim(),
      hint: `\`cubic logs ${name}\` shows the console, where cloud-init speaks too.`,
    });
  } finally {
    signal.removeEventListener("abort", close);
    process.close();
  }
}

/** Only root and the group adm may read it on most distributions. */
function logLine(lines: number | undefined, follow: boolean): string {
  const from = lines === undefined ? "+1" : String(lines);
  const tail = `tail -n ${from}${follow ? " -F" : ""} ${LOG}`;
  return `if [ -r ${LOG} ]; then exec ${tail}; else exec sudo -n ${tail}; fi`;
}

function downError(name: string): CubicError {
  return new CubicError(
    "instance-stopped",
    `Cannot read what cloud-init of "${name}" said: its log is in the guest, which is stopped`,
    {
      hint:
        `\`cubic start ${name} --wait\` starts it; \`cubic logs ${name}\` shows what the console ` +
        "said the last time.",
    },
  );
}
