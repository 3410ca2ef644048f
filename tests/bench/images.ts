/**
 * Part of `deno task bench`: a download with its verification, against `curl -o file && sha256sum file` from the same
 * server in the same run; the engine alone, and `cubic image pull` from its start to an image in the store. It measures and asserts nothing; the figures depend on the machine.
 * CUBIC_BENCH_BYTES sets the size (1 GiB), CUBIC_BENCH_REPEATS how often (5), CUBIC_BENCH_DIR where the files are.
 */
import { join } from "node:path";
import { digestFile } from "../../core/images/digest.ts";
import { firstLine, startScript } from "../support/child.ts";
import { qcow2Bytes } from "../support/images.ts";
import { makeSandbox } from "../support/sandbox.ts";

const BYTES = Number(Deno.env.get("CUBIC_BENCH_BYTES") ?? 1024 ** 3);
const REPEATS = Number(Deno.env.get("CUBIC_BENCH_REPEATS") ?? 5);

/** Sends a file as fast as a socket takes it, and serves both sides of the comparison. */
const SERVER = `
  const [path] = Deno.args;
  const { size } = Deno.statSync(path);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  console.log(listener.addr.port);
  const head = \`HTTP/1.1 200 OK\\r\\ncontent-length: \${size}\\r\\netag: "one"\\r\\naccept-ranges: bytes\\r\\n\\r\\n\`;
  const all = async (connection, bytes) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  };
  const answer = async (connection) => {
    const buffer = new Uint8Array(1024 * 1024);
    await connection.read(buffer);
    await all(connection, new TextEncoder().encode(head));
    using file = await Deno.open(path);
    for (let n; (n = await file.read(buffer)) !== null;) await all(connection, buffer.subarray(0, n));
    connection.close();
  };
  for await (const connection of listener) answer(connection).catch(() => {});`;

/** The program's own engine in a process of its own, which prints the most memory it ever had, in KiB. */
const CLIENT = `
  import { download } from "/core/images/download.ts";
  import { realHost } from "/core/host.ts";
  const [url, algorithm, digest, partial] = Deno.args;
  const operation = { signal: new AbortController().signal, report: () => {} };
  const request = { url, checksum: { algorithm, digest }, label: "bench", partial };
  const begin = performance.now();
  await download(realHost(), request, operation);
  const ms = performance.now() - begin;
  const status = Deno.readTextFileSync("/proc/self/status");
  console.log(JSON.stringify({ ms, peak: Number(/VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? 0) }));`;

const parent = Deno.env.get("CUBIC_BENCH_DIR");
const dir = await Deno.makeTempDir(parent === undefined ? {} : { dir: parent });
try {
  await bench();
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function bench(): Promise<void> {
  const source = join(dir, "source");
  await writeRandom(source, BYTES);
  await using server = startScript(SERVER, [source]);
  const url = `http://127.0.0.1:${await firstLine(server)}/image.qcow2`;
  for (const algorithm of ["sha256", "sha512"] as const) await compare(url, algorithm, source);
}

async function compare(url: string, algorithm: "sha256" | "sha512", source: string): Promise<void> {
  const file = join(dir, "file");
  const digest = await digestFile(source, algorithm);
  const times: Record<string, number[]> = { cubic: [], whole: [], pull: [], curl: [], verify: [] };
  let memory = 0;
  // In turns, so that what else the machine does hits both.
  for (let round = 0; round < REPEATS; round++) {
    const curl = await timed("curl", ["-s", "-o", file, url]);
    const verify = await timed(`${algorithm}sum`, [file]);
    times.curl?.push(curl);
    times.verify?.push(verify);
    await Deno.remove(file);
    const begin = performance.now();
    await using client = startScript(CLIENT, [url, algorithm, digest, file]);
    const { ms, peak } = JSON.parse(await firstLine(client)) as { ms: number; peak: number };
    times.whole?.push(performance.now() - begin);
    times.cubic?.push(ms);
    memory = Math.max(memory, peak);
    await Deno.remove(file);
    if (algorithm === "sha256") times.pull?.push(await pull(url, digest));
  }
  const middle = (name: string): number =>
    (times[name] ?? []).toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
  const both = middle("curl") + middle("verify");
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const report = [
    `${algorithm}, ${BYTES / 1024 ** 2} MiB, medians of ${REPEATS}`,
    `  cubic, download and verify    ${seconds(middle("cubic"))}`,
    `  the same with Deno's start    ${seconds(middle("whole"))}`,
    ...(algorithm === "sha256"
      ? [`  cubic image pull              ${seconds(middle("pull"))}`]
      : []),
    `  curl -o file                  ${seconds(middle("curl"))}`,
    `  ${algorithm}sum file                ${seconds(middle("verify"))}`,
    `  ratio to curl and ${algorithm}sum   ${(middle("whole") / both).toFixed(2)}`,
    ...(algorithm === "sha256"
      ? [`  the same of image pull        ${(middle("pull") / both).toFixed(2)}`]
      : []),
    `  most memory                   ${Math.round(memory / 1024)} MiB`,
  ];
  await Deno.stdout.write(new TextEncoder().encode(report.join("\n") + "\n"));
}

/** The whole program, up to an image that is safe on the disk under its name. */
async function pull(url: string, digest: string): Promise<number> {
  await using sandbox = await makeSandbox();
  const begin = performance.now();
  await sandbox.ok("image", "pull", url, "--sha256", digest);
  return performance.now() - begin;
}

async function timed(command: string, args: readonly string[]): Promise<number> {
  const begin = performance.now();
  const { success } = await new Deno.Command(command, { args: [...args], stdout: "null" }).output();
  if (!success) throw new Error(`${command} failed`);
  return performance.now() - begin;
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  // As far as anybody here looks, it is a qcow2 image.
  await file.write(qcow2Bytes());
  for (let left = bytes; left > 0;) {
    const block = new Uint8Array(Math.min(left, 1024 * 1024));
    for (let at = 0; at < block.length; at += 65_536) {
      crypto.getRandomValues(block.subarray(at, at + 65_536));
    }
    await file.write(block);
    left -= block.length;
  }
}
