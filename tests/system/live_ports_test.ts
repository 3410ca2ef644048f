/** Changing instances that run: a real QEMU with an empty disk, so that no guest ever answers. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type InstanceFiles, instanceFiles } from "../../core/paths.ts";
import { forwardsAmong, slirpSockets } from "../../core/qemu/hostfwd.ts";
import { connectQmp } from "../../core/qemu/qmp.ts";
import { formatForwards, parseForwards } from "../../core/instances/forward.ts";
import { inspectInstance } from "../../core/instances/inspect.ts";
import { changeLivePorts } from "../../core/instances/live_ports.ts";
import { probeForwards } from "../../core/instances/port_probe.ts";
import { Cli, IMAGE } from "../support/cli.ts";

/** A port that is free now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A test with an instance "web" that runs, and ends with it. */
function test(name: string, body: (cli: Cli, files: InstanceFiles) => Promise<void>): void {
  const fn = async (): Promise<void> => {
    await using cli = await Cli.withImage();
    try {
      await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M -d 64M`);
      await cli.ok("start web --accel off");
      await body(cli, instanceFiles(cli.paths, "web"));
    } finally {
      await cli.run(["stop", "--all", "--kill"]);
    }
  };
  // QEMU is let go of on purpose; Deno would call it a leak.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

async function qmpSocket(cli: Cli): Promise<string> {
  const { running } = await inspectInstance(await cli.app(), "web");
  ok(running);
  return running.qmpSocket;
}

/** The rules that QEMU has, but for SSH's. */
async function live(cli: Cli): Promise<string[]> {
  await using qmp = await connectQmp(await qmpSocket(cli));
  const rules = forwardsAmong(await slirpSockets(qmp));
  return formatForwards(rules.filter(({ guestPort }) => guestPort !== 22)).sort();
}

test("cubic port changes a running QEMU and the file alike", async (cli, { config }) => {
  const [a, b] = [freePort(), freePort()];
  await cli.ok(`port add web ${a}:80 ${b}:53/udp`);
  deepEqual(await live(cli), [`127.0.0.1:${a}:80/tcp`, `127.0.0.1:${b}:53/udp`].sort());
  match(await Deno.readTextFile(config), new RegExp(`${a}:80/tcp`));
  const [rule] = JSON.parse((await cli.ok("ports --json")).stdout);
  // Slirp takes every connection; that nobody in the guest does is seen all the same.
  deepEqual([rule.use, rule.answers], ["instance", false]);
  match((await cli.ok("ports")).stdout, new RegExp(`:${b} +53 +udp +yes +unknown$`, "m"));
  await cli.ok(`modify web -P ${a} -p ${a}:81`);
  deepEqual(await live(cli), [`127.0.0.1:${a}:81/tcp`, `127.0.0.1:${b}:53/udp`].sort());
  await cli.ok(`port rm web ${a} ${b}`);
  deepEqual(await live(cli), []);
  equal(JSON.parse((await cli.ok("show web --json")).stdout).ports.length, 0);
});

test(
  "when one rule can't be, none is, live or stored (upstream fault 15)",
  async (cli, { config }) => {
    const [kept, added] = [freePort(), freePort()];
    await cli.ok(`port add web ${kept}:80`);
    const before = await Deno.readTextFile(config);
    using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken = stranger.addr.port;
    const socket = createSocket("udp4").bind({ address: "127.0.0.1", port: 0 });
    await once(socket, "listening");
    const sshPort = JSON.parse((await cli.ok("show web --json")).stdout).sshPort;
    const refused: Readonly<Record<string, [number, RegExp]>> = {
      [`port add web ${added}:1 ${taken}:2`]: [4, /another program listens on port/],
      [`port add web ${added}:1 0.0.0.0:${taken}:2`]: [4, /another program listens on port/],
      [`port add web ${added}:1 ${socket.address().port}:2/udp`]: [4, /another program listens/],
      [`port add web ${added}:1 ${sshPort}:2`]: [2, /own SSH port/],
      [`port add web ${added}:1 ${kept}:2`]: [2, /twice/],
      [`port add web ${added}:1 [::1]:9000:2`]: [2, /IPv4 addresses only/],
      [`modify web -P ${kept} -p ${added}:1 -d 1M`]: [2, /Cannot shrink/],
      [`port rm web ${kept} ${added}`]: [3, /no such rule/],
    };
    for (const [line, [status, message]] of Object.entries(refused)) {
      const ran = await cli.run(line.split(" "));
      equal(ran.status, status, `${line}: ${ran.stderr}`);
      match(ran.stderr, message);
      deepEqual(await live(cli), [`127.0.0.1:${kept}:80/tcp`], line);
      equal(await Deno.readTextFile(config), before);
    }
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  },
);

test("what was changed live is taken back when QEMU refuses a later rule", async (cli) => {
  const [kept, added] = [freePort(), freePort()];
  await cli.ok(`port add web ${kept}:80`);
  const app = await cli.app();
  const change = {
    name: "web",
    qmpSocket: await qmpSocket(cli),
    removed: parseForwards(`${kept}:80`),
    // The same port twice: our own look finds it free both times, only QEMU can refuse.
    added: [`${added}:1`, `${added}:2`].flatMap(parseForwards),
  };
  await rejects(changeLivePorts(app, change, () => {}), {
    code: "port-taken",
    message: /QEMU could not/,
  });
  deepEqual(await live(cli), [`127.0.0.1:${kept}:80/tcp`]);
});

test("ports and file are taken back when the disk can't grow", async (cli, { config }) => {
  const [kept, added] = [freePort(), freePort()];
  await cli.ok(`port add web ${kept}:80`);
  const before = await Deno.readTextFile(config);
  {
    // A disk that is being copied can't be resized.
    await using qmp = await connectQmp(await qmpSocket(cli));
    const sink = { "node-name": "sink", driver: "null-co", size: 64 * 1024 ** 2 };
    await qmp.execute("blockdev-add", sink);
    const job = { "job-id": "copy", device: "disk", target: "sink", sync: "full" };
    await qmp.execute("blockdev-mirror", job);
  }
  const line = `modify web -c 2 -p ${added}:1 -P ${kept} -d 96M`;
  const { status, stderr } = await cli.run(line.split(" "));
  equal(status, 1, stderr);
  match(stderr, /Cannot make QEMU "block_resize"/);
  deepEqual(await live(cli), [`127.0.0.1:${kept}:80/tcp`]);
  equal(await Deno.readTextFile(config), before);
});

test("a rule that is live and was never stored is adopted, not called taken", async (cli) => {
  const port = freePort();
  const change = { name: "web", qmpSocket: await qmpSocket(cli), removed: [] };
  const undo = await changeLivePorts(await cli.app(), {
    ...change,
    added: parseForwards(`${port}:80`),
  }, () => {});
  await cli.ok(`port add web ${port}:80`);
  deepEqual(await live(cli), [`127.0.0.1:${port}:80/tcp`]);
  await undo();
  deepEqual(await live(cli), []);
});

test("the disk of a running machine grows at once; processors and memory are said to wait", async (cli) => {
  const { stderr } = await cli.ok("modify web -d 96M -c 2 -m 300M --isolate");
  match(stderr, /^web: CPUs 2, was 1 \(after the next start\)$/m);
  match(stderr, /^web: disk 96 M, was 64 M$/m);
  match(stderr, /file system grows at its next boot: `cubic restart web`/);
  match(stderr, /CPUs 2, was 1 \(after the next start\)[^]*`cubic restart web` lets it start anew/);
  await using qmp = await connectQmp(await qmpSocket(cli));
  const blocks = await qmp.execute("query-named-block-nodes", { flat: true }) as readonly {
    readonly "node-name": string;
    readonly image: { readonly "virtual-size": number };
  }[];
  const disk = blocks.find((block) => block["node-name"] === "disk");
  equal(disk?.image["virtual-size"], 96 * 1024 ** 2);
  qmp.close();
  const shown = await cli.ok("show web");
  const wait = "CPUs (1 until then), memory (256 M until then), isolation (off until then)";
  ok(shown.stdout.includes(wait), shown.stdout);
  const { pending } = JSON.parse((await cli.ok("show web --json")).stdout);
  deepEqual(pending, ["cpus", "memory", "isolate"]);
});

test("a QEMU starts with as many rules as there can be", async (cli) => {
  await cli.ok("stop web --kill");
  const first = 32_768 - 500;
  const { stderr } = await cli.ok(`port add web 127.0.0.99:${first}-${first + 499}:1-500`);
  match(stderr, /forwards 127\.0\.0\.99:/);
  await cli.ok("start web --accel off");
  await using qmp = await connectQmp(await qmpSocket(cli));
  equal(forwardsAmong(await slirpSockets(qmp)).length, 501);
});

Deno.test("a probe tells a service, a refusal and silence apart", async () => {
  const rule = (listener: Deno.TcpListener) => parseForwards(`${listener.addr.port}:80`);
  const sockets = (): Promise<[]> => Promise.resolve([]);
  const options = { sockets, timeoutMs: 500 };
  using talker = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using closer = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  talker.accept().then(async (connection) => {
    accepted.push(connection);
    await connection.write(new Uint8Array([1]));
  });
  closer.accept().then((connection) => connection.close());
  const rules = [talker, closer, silent].flatMap(rule);
  const nobody = parseForwards(`${freePort()}:80`);
  deepEqual(await probeForwards([...rules, ...nobody], options), [true, false, false, false]);
  const [last] = rule(silent);
  ok(last);
  const established = { ...last, state: "ESTABLISHED" };
  const seen = { ...options, sockets: () => Promise.resolve([established]) };
  deepEqual(await probeForwards([last], seen), [true]);
  const deaf = { ...options, sockets: () => Promise.reject(new Error("no answer")) };
  deepEqual(await probeForwards([last], deaf), [null]);
  for (const connection of accepted) connection.close();
});
