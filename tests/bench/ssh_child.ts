/**
 * One copy by one of our SSH routes, in a process of its own so that its time, CPU seconds and memory compare with those
 * of a peer. What to copy comes in the environment, as `tests/bench/ssh.ts` writes it.
 */
import { connect } from "../../core/ssh/client.ts";
import { openLocalSource } from "../../core/transfer/local_source.ts";
import { openLocalTarget } from "../../core/transfer/local_target.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { sftpRoute } from "../../core/transfer/routes/sftp.ts";
import type { ChildRequest } from "./ssh.ts";

const { target, route, direction, from, to }: ChildRequest = JSON.parse(
  Deno.env.get("CUBIC_BENCH_REQUEST") ?? "",
);
const { signal } = new AbortController();
const operation = { signal, report: () => {}, moved: () => {} };
const { upload, download } = route === "scp" ? scpRoute : sftpRoute;
using connection = await connect(target, { signal });
if (direction === "up") {
  using source = await openLocalSource(from);
  const job = { source, path: to, mode: 0o644, useUmask: true, inPlace: false };
  expectDone(await upload(connection, job, operation));
} else {
  await using sink = await openLocalTarget(to, "file", 0o644);
  expectDone(await download(connection, { path: from, sink }, operation));
  await sink.commit();
}

function expectDone(result: { readonly kind: string; readonly reason?: string }): void {
  if (result.kind !== "done") throw new Error(result.reason);
}
