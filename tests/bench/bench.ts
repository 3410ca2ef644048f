/**
 * `deno task bench`: how long the commands take that people wait for, as medians and as ratios to a peer in the
 * same run. It measures and asserts nothing; the figures depend on the machine.
 */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { addImage } from "../../core/images/store.ts";
import { digestFile } from "../../core/images/digest.ts";
import { guestImage } from "../support/image.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { startSshd } from "../support/sshd.ts";

const REPEATS = 5;
const INSTANCES = 50;

/** One line of the report. */
interface Figure {
  readonly what: string;
  readonly ms: number;
  readonly peer: string;
  readonly peerMs: number;
}

await using sandbox = await makeSandbox();
const image = await storeGuestImage(sandbox);
const figures = [
  await benchStart("--version"),
  await benchStart("--help"),
  await benchCreate(),
  await benchInstances(),
  await benchConnect(),
];
await print(figures);

/** The program's own start, against Deno with nothing to do. */
async function benchStart(flag: string): Promise<Figure> {
  const empty = join(sandbox.home, "empty.ts");
  await Deno.writeTextFile(empty, "");
  return {
    what: `cubic ${flag}`,
    ms: await median(() => sandbox.ok(flag)),
    peer: "an empty Deno program",
    peerMs: await median(() => run(Deno.execPath(), ["run", "--quiet", empty])),
  };
}

/** An overlay, against the full copy that upstream's create makes. */
async function benchCreate(): Promise<Figure> {
  let count = 0;
  const copy = join(sandbox.home, "copy.qcow2");
  return {
    what: "cubic create",
    ms: await median(() => sandbox.ok("create", `bench-${count++}`, "--image", "debian:bookworm")),
    peer: "qemu-img convert of the same image",
    peerMs: await median(() =>
      run("qemu-img", ["convert", "-f", "qcow2", "-O", "qcow2", image, copy])
    ),
  };
}

/** The list of 50 instances, against asking qemu-img about each, as upstream does. */
async function benchInstances(): Promise<Figure> {
  for (let count = 0; count < INSTANCES - REPEATS; count++) {
    await sandbox.ok("create", `more-${count}`, "--image", "debian:bookworm");
  }
  const disks = (await Array.fromAsync(Deno.readDir(join(sandbox.home, "instances"))))
    .map(({ name }) => join(sandbox.home, "instances", name, "disk.qcow2"));
  return {
    what: `cubic instances, ${disks.length} of them`,
    ms: await median(() => sandbox.ok("instances")),
    peer: "qemu-img info of each disk",
    peerMs: await median(async () => {
      for (const disk of disks) await run("qemu-img", ["info", disk]);
    }),
  };
}

/** A connection and a trivial command by our client, against OpenSSH's, to the same server. */
async function benchConnect(): Promise<Figure> {
  const { connect } = await import("../../core/ssh/client.ts");
  const { exec } = await import("../../core/ssh/exec.ts");
  await using sshd = await startSshd();
  const { target } = sshd;
  const key = join(sandbox.home, "key");
  await Deno.writeTextFile(key, target.privateKey, { mode: 0o600 });
  const { signal } = new AbortController();
  return {
    what: "connect and run true",
    ms: await median(async () => {
      using connection = await connect(target, { signal });
      const stdout = new WritableStream<Uint8Array>();
      await exec(connection, { command: "true", stdout, stderr: new WritableStream(), signal });
    }),
    peer: "ssh true",
    peerMs: await median(() =>
      run("ssh", [
        ...["-i", key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"],
        ...["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
        ...["-p", String(target.port), `${target.user}@${target.host}`, "true"],
      ])
    ),
  };
}

async function storeGuestImage({ home }: Sandbox): Promise<string> {
  const { arch } = realHost();
  const file = join(home, "image.qcow2");
  await Deno.copyFile(await guestImage(), file);
  const stored = await addImage({ images: join(home, "images") }, {
    file,
    checksum: { algorithm: "sha256", digest: await digestFile(file, "sha256") },
    facts: {
      names: [`debian:bookworm:${arch}`],
      ...{ distro: "debian", release: "bookworm", version: "12", arch },
      ...{ source: "built", verified: "built" },
    },
    now: Date.now(),
  });
  return stored.path;
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await realHost().run(command, args);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
}

/** The median of some runs in milliseconds, after one that is not counted. */
async function median(action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index <= REPEATS; index++) {
    const began = performance.now();
    await action();
    if (index > 0) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)]!;
}

async function print(figures: readonly Figure[]): Promise<void> {
  const lines = figures.map(({ what, ms, peer, peerMs }) =>
    `${what.padEnd(30)} ${ms.toFixed(0).padStart(6)} ms   ${
      (ms / peerMs).toFixed(2).padStart(5)
    } x ` +
    `${peer} (${peerMs.toFixed(0)} ms)`
  );
  await Deno.stdout.write(new TextEncoder().encode(lines.join("\n") + "\n"));
}
