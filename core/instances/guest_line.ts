/** Running a line of shell in a guest for its answer, within a deadline. */
import { CubicError, interrupted } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import type { ChannelReader, ExitStatus } from "../ssh/process.ts";

/** What came of a line. */
export interface LineResult {
  readonly status: ExitStatus;
  readonly stdout: string;
  /** The end of what it said on both outputs, for messages. */
  readonly words: string;
}

/** As much of an output is kept as a message or a document of cloud-init's takes. */
const KEPT = 64 * 1024;

/**
 * Runs the line without input. Its status is "lost" when it did not end in time or the connection broke.
 * @throws CubicError "ssh-failed" when it can't be started, "interrupted" when aborted.
 */
export async function runLine(
  connection: SshConnection,
  line: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LineResult> {
  const process = await connection.start(line);
  process.end();
  const close = (): void => process.close();
  const timer = setTimeout(close, Math.max(1, timeoutMs));
  signal.addEventListener("abort", close, { once: true });
  // Aborted while the command was started: nobody will call the listener.
  if (signal.aborted) close();
  try {
    const [stdout, stderr] = await Promise.all([tail(process.stdout), tail(process.stderr)]);
    const status = await process.status;
    if (signal.aborted) throw interrupted();
    const words = [stdout, stderr].map((text) => text.trim()).filter((text) => text !== "");
    return { status, stdout, words: words.join("\n") };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
    process.close();
  }
}

/**
 * The same in the instance of that name when only a line that succeeds will do.
 * @throws CubicError "ssh-failed" with what it said.
 */
export async function askGuest(
  connection: SshConnection,
  name: string,
  line: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const { status, stdout, words } = await runLine(connection, line, timeoutMs, signal);
  if (status.kind === "code" && status.code === 0) return stdout;
  throw new CubicError("ssh-failed", `Cannot get an answer from the guest of "${name}"`, {
    ...(words !== "" && { details: words }),
    hint: `\`cubic logs ${name}\` shows its console.`,
  });
}

async function tail(reader: ChannelReader): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = await reader.read(); bytes; bytes = await reader.read()) {
    text = (text + decoder.decode(bytes, { stream: true })).slice(-KEPT);
  }
  return text;
}
