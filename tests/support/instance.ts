/** An instance for tests, and putting one on disk without an image or a disk. */
import type { Instance } from "../../core/instances/instance.ts";
import { beginInstance, publishInstance, writeInstance } from "../../core/instances/store.ts";
import { filesIn, type Paths } from "../../core/paths.ts";
import { formatInstance } from "../../core/instances/instance.ts";

/** A valid instance; `changes` replaces some of it. */
export function sampleInstance(changes: Partial<Instance> = {}): Instance {
  return {
    name: "web",
    uuid: "0b8f9a52-4f2e-4d59-9c54-6d4f8b8a1c11",
    created: "2025-01-02T03:04:05.000Z",
    image: "debian:bookworm:amd64",
    imageDigest: `sha512-${"ab".repeat(64)}`,
    arch: "amd64",
    firmware: "uefi",
    user: "cubic",
    cpus: 2,
    memory: 1024 ** 3,
    disk: 100 * 1024 ** 3,
    mac: "52:54:00:12:34:56",
    sshPort: 20_022,
    forwards: [],
    isolate: false,
    protected: false,
    temporary: false,
    ...changes,
  };
}

/** Publishes it as `create` does; returns it. */
export async function putInstance(
  paths: Paths,
  changes: Partial<Instance> = {},
): Promise<Instance> {
  const instance = sampleInstance({ uuid: crypto.randomUUID(), ...changes });
  const dir = await beginInstance(paths, instance.name);
  await Deno.writeTextFile(filesIn(dir).config, formatInstance(instance));
  await publishInstance(paths, dir, instance.name);
  await writeInstance(paths, instance);
  return instance;
}
