/**
 * The legacy SCP protocol over a command in the guest. Strict: a body is never sent before its header was
 * accepted (a sink that refused the header would read the body as more headers), one file is asked for and
 * one is taken, and the name the guest gives it is ignored (CVE-2019-6111).
 */
import { interrupted } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { quoteCommand } from "../../ssh/quote.ts";
import { guestFailure } from "../guest_failure.ts";
import { partPath } from "../part_path.ts";
import { receiveBody } from "../receive_body.ts";
import type { DownloadJob, Route, RouteOperation, RouteResult, UploadJob } from "../route.ts";
import { type Ack, fileRecord, parseFileRecord, scpMessage } from "../scp_records.ts";
import { MARKER, ScpSession } from "./scp_session.ts";

/** The SCP route: the first choice, since it needs no window of requests to be fast. */
export const scpRoute: Route = { name: "scp", upload, download };

const OK = Uint8Array.of(0);
const CHUNK = 512 * 1024;

/** Part file, scp, rename; what is left of a failure is removed by the guest itself, connected or not. */
const SINK = `echo ${MARKER}; p=$1 t=$2 m=$3
if [ "$p" != "$t" ]; then trap 'rm -f "$p"' EXIT; fi
trap 'exit 9' HUP INT TERM
scp -t "$p"; s=$?
if [ $s = 0 ] && [ -n "$m" ]; then chmod "$m" "$p"; s=$?; fi
if [ $s = 0 ] && [ "$p" != "$t" ]; then mv -f "$p" "$t"; s=$?; fi
exit $s`;

const SOURCE = `echo ${MARKER}; exec scp -f "$1"`;

async function upload(
  connection: SshConnection,
  job: UploadJob,
  op: RouteOperation,
): Promise<RouteResult> {
  const part = job.inPlace ? job.path : partPath(job.path);
  const mode = job.useUmask ? "" : job.mode.toString(8);
  return await run(connection, [SINK, part, job.path, mode], op, async (scp) => {
    const { size } = job.source;
    if (!await scp.reader.skipPast(MARKER)) return await scp.missing();
    let ack = await scp.reader.ack();
    if (ack.kind !== "ok") return await scp.refused(ack);
    await scp.process.write(fileRecord({ mode: job.mode, size }));
    ack = await scp.reader.ack();
    if (ack.kind !== "ok") return await scp.refused(ack);
    let sent = 0;
    for await (const chunk of job.source.chunks(CHUNK)) {
      if (!await scp.process.write(chunk)) break;
      sent += chunk.length;
      op.moved(sent, size);
    }
    await scp.process.write(OK);
    ack = await scp.reader.ack();
    if (ack.kind !== "ok" || sent < size) throw guestFailure(job.path, await scp.reason(ack));
    await scp.finish(job.path);
    return { kind: "done", bytes: sent };
  });
}

async function download(
  connection: SshConnection,
  job: DownloadJob,
  op: RouteOperation,
): Promise<RouteResult> {
  if (job.path.includes("\n")) {
    return { kind: "unavailable", reason: "SCP can't carry a name with a line end" };
  }
  return await run(connection, [SOURCE, job.path], op, async (scp) => {
    if (!await scp.reader.skipPast(MARKER)) return await scp.missing();
    await scp.process.write(OK);
    const line = await scp.reader.line();
    const record = parseFileRecord(line ?? "");
    if (!record) return await scp.refused(refusal(line));
    await scp.process.write(OK);
    const got = await receiveBody(
      record.size,
      (into) => scp.reader.fill(into),
      job.sink,
      (done) => op.moved(done, record.size),
    );
    if (got < record.size) throw guestFailure(job.path, await scp.reason({ kind: "end" }));
    // Not 0 when the file shrank: scp then filled up with zeros.
    const ack = await scp.reader.ack();
    if (ack.kind !== "ok") throw guestFailure(job.path, await scp.reason(ack));
    await scp.process.write(OK);
    await scp.finish(job.path);
    return { kind: "done", bytes: got };
  });
}

function refusal(line: string | undefined): Ack {
  if (line === undefined) return { kind: "end" };
  const code = line.charCodeAt(0);
  return code === 1 || code === 2
    ? { kind: "refused", message: scpMessage(line.slice(1)) }
    : { kind: "garbage" };
}

/** Starts a script with arguments in the guest, and closes it whatever happens. */
async function run(
  connection: SshConnection,
  [script, ...args]: [script: string, ...args: string[]],
  { signal }: RouteOperation,
  work: (scp: ScpSession) => Promise<RouteResult>,
): Promise<RouteResult> {
  const process = await connection.start(quoteCommand(["sh", "-c", script, "sh", ...args]));
  const onAbort = (): void => process.close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) throw interrupted();
    const result = await work(new ScpSession(process));
    if (signal.aborted && result.kind !== "done") throw interrupted();
    return result;
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    process.close();
  }
}
