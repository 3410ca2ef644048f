/** What the block route does when it can't be used, against OpenSSH's own server, which has no disk to show. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { CubicError } from "../../core/errors.ts";
import { connect } from "../../core/ssh/client.ts";
import type { HotPlug } from "../../core/transfer/hot_plug.ts";
import type { RouteOperation, RouteResult } from "../../core/transfer/route.ts";
import { downloadBlock } from "../../core/transfer/routes/block_download.ts";
import { uploadBlock } from "../../core/transfer/routes/block_upload.ts";
import { startSshd } from "../support/sshd.ts";
import { makeTools, namesIn, randomBytes } from "../support/transfer.ts";

const op: RouteOperation = {
  signal: new AbortController().signal,
  report: () => {},
  moved: () => {},
};

/** Tries both directions, and makes sure that nothing is left of either. */
async function tryBoth(
  hotPlug: HotPlug,
  options: Parameters<typeof startSshd>[0] = {},
): Promise<RouteResult[]> {
  await using sshd = await startSshd(options);
  using connection = await connect(sshd.target, { signal: op.signal });
  const [host, guest] = [join(sshd.dir, "host"), join(sshd.dir, "guest")];
  for (const directory of [host, guest]) {
    await Deno.mkdir(directory);
    await Deno.writeFile(join(directory, "source"), randomBytes(100_000));
  }
  await Deno.writeFile(join(host, "part"), new Uint8Array());
  const upload = { local: join(host, "source"), path: join(guest, "copy") };
  const results = [
    await uploadBlock(
      connection,
      hotPlug,
      { ...upload, mode: 0o644, useUmask: true, inPlace: false },
      op,
    ),
    await downloadBlock(
      connection,
      hotPlug,
      { path: join(guest, "source"), part: join(host, "part") },
      op,
    ),
  ];
  deepEqual(await namesIn(guest), ["source"]);
  deepEqual(await namesIn(host), ["part", "source"]);
  equal((await Deno.stat(join(host, "part"))).size, 0);
  connection.close();
  await connection.closed;
  return results;
}

function expectReason(results: readonly RouteResult[], reason: RegExp): void {
  for (const result of results) {
    equal(result.kind, "unavailable");
    if (result.kind === "unavailable") match(result.reason, reason);
  }
}

Deno.test("the block route is unavailable when the machine takes no disk", async () => {
  const why = "Cannot plug a disk in: both spare ports are taken";
  const plug = (): Promise<never> => Promise.reject(new CubicError("qmp-failed", why));
  expectReason(await tryBoth({ plug }), /both spare ports are taken/);
});

Deno.test("the block route takes out again a disk that never comes up in the guest", async () => {
  let [plugged, unplugged] = [0, 0];
  const plug: HotPlug["plug"] = ({ serial, path, readOnly }) => {
    match(serial, /^xfer[0-9a-f]{16}$/);
    equal(readOnly, path.endsWith("source"));
    plugged++;
    return Promise.resolve({
      moved: () => Promise.resolve(0),
      unplug: () => Promise.resolve(void unplugged++),
    });
  };
  expectReason(await tryBoth({ plug }), /did not come up/);
  deepEqual([plugged, unplugged], [2, 2]);
});

Deno.test("the block route asks for no disk when the guest's dd can't count bytes", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const old =
      '#!/bin/sh\ncase "$*" in *bytes*) echo "dd: bad flag" >&2; exit 1 ;; esac\nexec /bin/dd "$@"\n';
    const path = await makeTools(dir, { instead: { dd: old } });
    const plug = (): Promise<never> => Promise.reject(new Error("asked for a disk"));
    expectReason(
      await tryBoth({ plug }, { config: [`SetEnv PATH=${path} SHLVL=2`] }),
      /dd in the guest does not count bytes/,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
