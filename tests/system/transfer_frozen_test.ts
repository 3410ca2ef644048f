/** A guest that stops in the middle of a copy and keeps the connection: the stall limit ends it. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../../core/errors.ts";
import { openLocalSource } from "../../core/transfer/local_source.ts";
import { openLocalTarget } from "../../core/transfer/local_target.ts";
import type { Direction } from "../../core/transfer/plan.ts";
import type { Route, RouteOperation, RouteResult } from "../../core/transfer/route.ts";
import { scpRoute } from "../../core/transfer/routes/scp.ts";
import { sftpRoute } from "../../core/transfer/routes/sftp.ts";
import { withStallLimit } from "../../core/transfer/stall.ts";
import { eventually } from "../support/sandbox.ts";
import { namesIn, startBench, type TransferBench } from "../support/transfer.ts";

const SIZE = 256 * 2 ** 20;

/** Copies "f" into the directory of the other side, which has one already. */
async function copy(
  { connection, host, guest }: TransferBench,
  route: Route,
  direction: Direction,
  op: RouteOperation,
): Promise<RouteResult> {
  if (direction === "upload") {
    using source = await openLocalSource(join(host, "f"));
    const how = { mode: 0o644, useUmask: true, inPlace: false };
    return await route.upload(connection, { source, path: join(guest, "f"), ...how }, op);
  }
  await using sink = await openLocalTarget(join(host, "f"), "f", 0o644);
  const result = await route.download(connection, { path: join(guest, "f"), sink }, op);
  await sink.commit();
  return result;
}

for (const route of [scpRoute, sftpRoute]) {
  for (const direction of ["upload", "download"] satisfies Direction[]) {
    Deno.test(`a guest that freezes in a ${route.name} ${direction} ends it, and nothing is left`, async () => {
      await using bench = await startBench();
      const { sshd, host, guest } = bench;
      const [from, to] = direction === "upload" ? [host, guest] : [guest, host];
      await Deno.writeFile(join(from, "f"), new Uint8Array());
      await Deno.truncate(join(from, "f"), SIZE);
      await Deno.writeTextFile(join(to, "f"), "old");
      let frozen: Promise<void> | undefined;
      const operation = { signal: new AbortController().signal, report: (): void => {} };
      await rejects(
        withStallLimit(operation, "f", (op) =>
          copy(bench, route, direction, {
            ...op,
            moved: (done, total) => {
              if (done > 1_000_000) frozen ??= sshd.freezeConnections(true);
              op.moved(done, total);
            },
          }), 3000),
        (error) =>
          isCubicError(error, "transfer-failed") && /nothing has moved/.test(error.message),
      );
      await frozen;
      if (direction === "download") deepEqual(await namesIn(to), ["f"]);
      // A frozen guest can't tidy up: it does when it goes on.
      await sshd.freezeConnections(false);
      await eventually(
        "only the old file is there",
        async () => (await namesIn(to)).join() === "f",
        20_000,
      );
      equal(await Deno.readTextFile(join(to, "f")), "old");
    });
  }
}
