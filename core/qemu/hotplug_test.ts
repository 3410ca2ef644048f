import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { type Conversation, GREETING, serveQmp } from "../../tests/support/qmp_server.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";
import { plugDisk } from "./hotplug.ts";

const FILE = { path: "/dev/null", readOnly: true, serial: "serial" };

/** What a machine answers: a value, or an error when it throws. */
type Answer = (command: string, args: Record<string, unknown>) => unknown;

function machine(answer: Answer, seen: string[]): Conversation {
  return async ({ receive, send }) => {
    await send(GREETING);
    for (let request = await receive(); request; request = await receive()) {
      const { execute, id } = request;
      const { arguments: args = {} } = request as { arguments?: Record<string, unknown> };
      seen.push(execute);
      let reply: Record<string, unknown>;
      try {
        reply = { return: answer(execute, args) ?? standard(execute, args) };
      } catch (error) {
        reply = { error: { class: "GenericError", desc: String(error) } };
      }
      await send(JSON.stringify({ ...reply, id }) + "\r\n");
    }
  };
}

/** A machine with both ports, of which the first is taken. */
function standard(command: string, { path }: Record<string, unknown>): unknown {
  if (command === "query-named-block-nodes") return [{ "node-name": "disk" }, {}];
  if (command !== "qom-list") return {};
  if (path === "/machine/peripheral") return [{ name: "spare0" }, { name: "spare1" }];
  return path === "/machine/peripheral/spare0/spare0" ? [{ name: "child[0]" }] : [];
}

async function withMachine(
  answer: Answer,
  run: (options: Parameters<typeof plugDisk>[1], seen: string[]) => Promise<void>,
): Promise<void> {
  await using dir = await makeTempDir({ short: true });
  const seen: string[] = [];
  const qmpSocket = join(dir.path, "qmp");
  await using _ = serveQmp(qmpSocket, machine(answer, seen));
  await run({ qmpSocket, isOwnerAlive: () => Promise.resolve(true), unplugMs: 500 }, seen);
}

Deno.test("plugDisk() takes the port that is free, as raw bytes, and reports write errors", async () => {
  const sent: Record<string, Record<string, unknown>> = {};
  await withMachine((command, args) => void (sent[command] = args), async (options) => {
    await plugDisk(FILE, options);
    const { driver, "read-only": readOnly } = sent["blockdev-add"]!;
    deepEqual([driver, readOnly], ["raw", true]);
    const { bus, serial, werror } = sent["device_add"]!;
    deepEqual([bus, serial, werror], ["spare1", "serial", "report"]);
  });
});

Deno.test("plugDisk() takes its node back when the device is refused", async () => {
  const answer: Answer = (command) => {
    if (command === "device_add") throw new Error("no such bus");
  };
  await withMachine(answer, async (options, seen) => {
    await rejects(plugDisk(FILE, options), { code: "qmp-failed", message: /no such bus/ });
    equal(seen.at(-1), "blockdev-del");
  });
});

Deno.test("unplug() asks again while the node is in use or the removal is under way", async () => {
  let busy = 2;
  const answer: Answer = (command) => {
    if (command === "device_del") throw new Error("Device x is already in the process of unplug");
    if (command === "blockdev-del" && busy-- > 0) throw new Error("Node x is in use");
  };
  await withMachine(answer, async (options, seen) => {
    await (await plugDisk(FILE, options)).unplug();
    equal(seen.filter((command) => command === "blockdev-del").length, 3);
  });
});

Deno.test("unplug() passes on any other refusal", async () => {
  const answer: Answer = (command) => {
    if (command === "device_del") throw new Error("Bus does not support hotplugging");
  };
  await withMachine(answer, async (options) => {
    const disk = await plugDisk(FILE, options);
    await rejects(disk.unplug(), { code: "qmp-failed", message: /does not support hotplugging/ });
  });
});

Deno.test("moved() counts what was read and written through our node alone", async () => {
  let id = "";
  const answer: Answer = (command, args) => {
    if (command === "blockdev-add") id = String(args["node-name"]);
    if (command !== "query-blockstats") return undefined;
    const stats = { "rd_bytes": 1000, "wr_bytes": 24 };
    return [{ "node-name": "disk", stats: { "rd_bytes": 7, "wr_bytes": 7 } }, {
      "node-name": id,
      stats,
    }];
  };
  await withMachine(answer, async (options) => {
    equal(await (await plugDisk(FILE, options)).moved(), 1024);
  });
});
