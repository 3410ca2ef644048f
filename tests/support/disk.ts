/** A disk as vendors make them, for the tests of image formats: a boot signature, data, and many zeros. */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { makeRandom } from "./random.ts";
import { makeTempDir } from "./temp_dir.ts";

const MIB = 1024 ** 2;
const SIZE = 24 * MIB;

/** The disk in both formats, in a directory that goes with it. */
export interface TestDisk extends AsyncDisposable {
  /** The directory. */
  readonly path: string;
  readonly raw: string;
  readonly qcow2: string;
  /** Bytes of the disk that are not zero, about. */
  readonly data: number;
}

/** Makes one of 24 MiB. */
export async function makeTestDisk(): Promise<TestDisk> {
  const dir = await makeTempDir();
  const raw = join(dir.path, "disk.raw");
  const qcow2 = join(dir.path, "disk.qcow2");
  const parts = [{ at: MIB, bytes: noise(MIB) }, { at: 16 * MIB, bytes: lines(2 * MIB) }];
  {
    using file = await Deno.open(raw, { createNew: true, write: true });
    await file.truncate(SIZE);
    for (const { at, bytes } of [{ at: 510, bytes: Uint8Array.of(0x55, 0xaa) }, ...parts]) {
      await file.seek(at, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    }
  }
  await run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, qcow2);
  return { ...dir, path: dir.path, raw, qcow2, data: 3 * MIB };
}

/** Runs a program and returns its stdout; throws with its stderr when it fails. */
export async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await realHost().run(command, args);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Runs a shell command; $1 and so on are the arguments. */
export async function tool(script: string, ...args: readonly string[]): Promise<string> {
  return await run("sh", "-euc", script, "sh", ...args);
}

/** What no program can pack. */
function noise(length: number): Uint8Array {
  const random = makeRandom(length);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** What every program can pack, but not to nothing. */
function lines(length: number): Uint8Array {
  const random = makeRandom(length);
  const words = Array.from({ length: 1000 }, () => random().toString(36).slice(2));
  let text = "";
  while (text.length < length) text += `${words[Math.floor(random() * 1000)]}\n`;
  return new TextEncoder().encode(text).subarray(0, length);
}
