import { doesNotThrow, equal, match, notEqual, ok, rejects, throws } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { App } from "../app.ts";
import type { PortForward } from "../qemu/machine.ts";
import { parseForwards } from "./forward.ts";
import {
  checkForwards,
  isFree,
  lockPorts,
  pickSshPort,
  requireFreePorts,
  sshListener,
} from "./ports.ts";
import { writeInstance } from "./store.ts";
import { putInstance, sampleInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

const signal = new AbortController().signal;

Deno.test("8 that pick a port at once all get another one", async () => {
  await using temp = await makeTempApp();
  const ports = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      await using _lock = await lockPorts(temp.app.paths, signal);
      const sshPort = await pickSshPort(temp.app.paths);
      await putInstance(temp.app.paths, { name: `vm${index}`, sshPort });
      return sshPort;
    }),
  );
  equal(new Set(ports).size, 8);
});

Deno.test("pickSshPort() takes no port that an instance has, forwards, or will forward itself", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const random = Math.random;
  Math.random = () => 0;
  try {
    // The first port of the range that is free now: what would be picked again and again.
    const first = await pickSshPort(paths);
    await putInstance(paths, { name: "a", sshPort: first });
    const second = await pickSshPort(paths);
    notEqual(second, first);
    const b = await putInstance(paths, { name: "b", sshPort: 29_999 });
    await writeInstance(paths, { ...b, forwards: [rule(`${second}:80`)] });
    const third = await pickSshPort(paths);
    ok(third > second);
    ok(await pickSshPort(paths, [rule(`${third}:80`)]) > third);
  } finally {
    Math.random = random;
  }
});

Deno.test("pickSshPort() takes no port that a stranger listens on", async () => {
  await using temp = await makeTempApp();
  const port = await pickSshPort(temp.app.paths);
  ok(await isFree(sshListener(port)));
  using _stranger = Deno.listen({ hostname: "127.0.0.1", port });
  equal(await isFree(sshListener(port)), false);
  const random = Math.random;
  Math.random = () => (port - 20_000) / 10_000;
  try {
    notEqual(await pickSshPort(temp.app.paths), port);
  } finally {
    Math.random = random;
  }
});

Deno.test("isFree() tells UDP from TCP and knows the address that stands for all", async () => {
  using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = stranger.addr as Deno.NetAddr;
  equal(await isFree(rule(`${port}:80`)), false);
  equal(await isFree(rule(`0.0.0.0:${port}:80`)), false);
  equal(await isFree(rule(`${port}:80/udp`)), true);
  const socket = createSocket("udp4").bind({ address: "127.0.0.1", port });
  await once(socket, "listening");
  equal(await isFree(rule(`${port}:80/udp`)), false);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});

Deno.test("checkForwards() refuses two rules for one port", () => {
  const check = (...rules: string[]): void => checkForwards(rules.flatMap(parseForwards));
  doesNotThrow(() => check("80:80", "81:80", "80:80/udp"));
  throws(() => check("80:80", "80:81"), {
    code: "invalid-value",
    message: /80 twice: 127\.0\.0\.1:80:80\/tcp and 127\.0\.0\.1:80:81\/tcp/,
  });
  throws(() => check("10.0.0.1:80:80", "0.0.0.0:80:80"), { code: "invalid-value" });
});

Deno.test("requireFreePorts() says who has the port", async () => {
  await using temp = await makeTempApp();
  using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = stranger.addr as Deno.NetAddr;
  await requireWith(temp.app);
  await rejects(requireWith(temp.app, `${port}:80`), {
    code: "port-taken",
    message: `Cannot start "web": another program listens on port ${port}`,
  });
  // An instance that has the port but does not run is not to blame.
  await putInstance(temp.app.paths, { name: "db", forwards: [rule(`${port}:1`)] });
  await rejects(requireWith(temp.app, `${port}:80`), { message: /another program/ });
});

Deno.test("requireFreePorts() says of an address that is not ours that waiting is no use", async () => {
  await using temp = await makeTempApp();
  // TEST-NET-1: no host has it.
  const error = await requireWith(temp.app, "192.0.2.1:8080:80").catch((error) => error);
  equal(error.code, "invalid-value");
  match(error.message, /no address 192\.0\.2\.1/);
});

async function requireWith(app: App, ...rules: string[]): Promise<void> {
  await requireFreePorts(app, sampleInstance({ forwards: rules.flatMap(parseForwards) }));
}

/** The one rule that a text without ranges is. */
function rule(text: string): PortForward {
  const [only] = parseForwards(text);
  if (!only) throw new Error(text);
  return only;
}
