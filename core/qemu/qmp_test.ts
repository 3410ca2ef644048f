import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { connectQmp, isListening, queryStatus } from "./qmp.ts";
import {
  answering,
  type Conversation,
  GREETING,
  serveQmp,
  silence,
} from "../../tests/support/qmp_server.ts";
import { leaveDeadSocket } from "../../tests/support/child.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

/** Short where a deadline has to come, long where it must not. */
const SHORT = 150;
const LONG = 30_000;

Deno.test("queryStatus() tells the state of a QEMU that answers", async () => {
  await withServer(
    answering((command) =>
      command === "query-status" ? { status: "running", running: true, singlestep: false } : {}
    ),
    async (path) => {
      await using qmp = await connectQmp(path);
      deepEqual(await queryStatus(qmp), { status: "running", running: true });
      equal(JSON.stringify(await qmp.execute("stop", { now: true })), "{}");
    },
  );
});

Deno.test("execute() passes over events and strangers' replies, and takes lines in pieces", async () => {
  await withServer(async ({ receive, send }) => {
    await send(GREETING.slice(0, 10));
    await send(GREETING.slice(10));
    for (let request = await receive(); request; request = await receive()) {
      await send('{"event": "RESUME", "data": {"text": "é"}}\r\n{"return": "wrong", "id": 99}\r\n');
      const reply = `{"return": "${request.execute}", "id": ${request.id}}\r\n`;
      for (const piece of reply.match(/.{1,7}|\s+/gs) ?? []) await send(piece);
    }
  }, async (path) => {
    await using qmp = await connectQmp(path, LONG);
    equal(await qmp.execute("one"), "one");
    equal(await qmp.execute("two"), "two");
  });
});

Deno.test("execute() passes on why QEMU refuses, and goes on afterwards", async () => {
  await withServer(async ({ receive, send }) => {
    await send(GREETING);
    for (let request = await receive(); request; request = await receive()) {
      const { execute, id } = request;
      const error = { class: "GenericError", desc: "No such device" };
      await send(JSON.stringify(execute === "device_del" ? { error, id } : { return: {}, id }));
      await send("\r\n");
    }
  }, async (path) => {
    await using qmp = await connectQmp(path);
    await rejects(qmp.execute("device_del"), { code: "qmp-failed", message: /No such device$/ });
    await qmp.execute("query-status");
  });
});

Deno.test("connectQmp() gives up at its deadline when nobody greets", async () => {
  await withServer(silence, async (path) => {
    await rejects(connectQmp(path, SHORT), {
      code: "qmp-failed",
      message: /no greeting in 150 ms/,
    });
  });
});

Deno.test("connectQmp() keeps its deadline however much else is said", async () => {
  const chatter: Conversation = async ({ send }) => {
    while (true) {
      await send('{"event": "NOISE"}\n{"return": {}, "id": 7}\n');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await withServer(chatter, async (path) => {
    await rejects(connectQmp(path, SHORT), { code: "qmp-failed", message: /no greeting/ });
  });
});

Deno.test("execute() gives up at its deadline, with wrong answers coming or none", async () => {
  for (const noise of ["", '{"return": {}, "id": 99}\n']) {
    await withServer(async ({ receive, send }) => {
      await send(GREETING);
      const { id } = (await receive())!;
      await send(`{"return": {}, "id": ${id}}\n`);
      while (true) {
        await send(noise);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }, async (path) => {
      await using qmp = await connectQmp(path, SHORT);
      await rejects(qmp.execute("query-status"), { message: /no query-status in/ });
    });
  }
});

Deno.test("connectQmp() takes a slow greeting that comes in time", async () => {
  await withServer(async (client) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await answering(() => ({}))(client);
  }, async (path) => {
    await using qmp = await connectQmp(path, LONG);
    ok(qmp);
  });
});

Deno.test("connectQmp() says so when it is no QMP that answers", async () => {
  for (const garbage of ["SSH-2.0-OpenSSH\r\n", "{]\n", "null\n", "\0\xff\n", "[1,2\n"]) {
    await withServer(async ({ receive, send }) => {
      await send(garbage);
      await receive();
    }, async (path) => {
      await rejects(connectQmp(path, LONG), { code: "qmp-failed" }, garbage);
    });
  }
});

Deno.test("connectQmp() and execute() end at once when QEMU goes away in the middle", async () => {
  for (const last of ["", GREETING.slice(0, 9), GREETING]) {
    await withServer(({ send }) => send(last), async (path) => {
      await rejects(connectQmp(path, LONG), { code: "qmp-failed", message: /went away/ });
    });
  }
  await withServer(async ({ receive, send }) => {
    await send(GREETING);
    const { id } = (await receive())!;
    await send(`{"return": {}, "id": ${id}}\n{"return": {`);
    await receive();
  }, async (path) => {
    await using qmp = await connectQmp(path, LONG);
    await rejects(qmp.execute("quit"), { code: "qmp-failed", message: /went away/ });
    await rejects(qmp.execute("quit"), { code: "qmp-failed" });
  });
});

Deno.test("nobody there is said at once, and isListening() knows it", async () => {
  await using dir = await makeTempDir({ short: true });
  const path = join(dir.path, "qmp");
  await rejects(connectQmp(path), { code: "qmp-failed", message: /nothing listens/ });
  equal(await isListening(path), false);
  equal(await isListening(undefined), false);
  await withServer(silence, async (path) => equal(await isListening(path), true));
});

Deno.test("isListening() takes the socket of a dead process for what it is", async () => {
  await using dir = await makeTempDir({ short: true });
  const path = join(dir.path, "qmp");
  await leaveDeadSocket(path);
  equal(await isListening(path), false);
});

async function withServer(
  conversation: Conversation,
  test: (path: string) => Promise<void>,
): Promise<void> {
  await using dir = await makeTempDir({ short: true });
  const path = join(dir.path, "qmp");
  await using _server = serveQmp(path, conversation);
  await test(path);
}
