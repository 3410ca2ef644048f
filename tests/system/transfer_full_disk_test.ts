/** A disk that is really full, on either side: a small file system in a mount namespace, where all of it runs. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import type { FullDiskOutcome } from "../support/full_disk.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const MOUNT = `mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"`;

/** The words that run a program where that directory is 4 MiB small; others than root get there as their own root. */
function inSmallSpace(directory: string): readonly string[] {
  const mount = ["sh", "-c", MOUNT, "sh", directory];
  if (Deno.uid() === 0) return ["-m", ...mount];
  // The SSH server takes a root for a real one, so it must not see that it is.
  const back = ["unshare", "-U", `--map-user=${Deno.uid()}`, `--map-group=${Deno.gid()}`];
  return ["-Urm", ...mount, ...back];
}

Deno.test("a full disk on either side is said by every route, and nothing of the copy stays", async (t) => {
  await using temp = await makeTempDir();
  const [small, output] = [join(temp.path, "small"), join(temp.path, "outcomes")];
  await Deno.mkdir(small);
  const script = join(ROOT, "tests/support/full_disk.ts");
  const deno = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", script, small, output];
  const { code, stderr } = await realHost().run("unshare", [...inSmallSpace(small), ...deno]);
  equal(code, 0, `This test needs mount namespaces (unshare): ${stderr}`);
  const outcomes: FullDiskOutcome[] = JSON.parse(await Deno.readTextFile(output));
  equal(outcomes.length, 12);
  for (const { name, code, message, before, after } of outcomes) {
    await t.step(name, () => {
      equal(code, "disk-full", message);
      match(message, /^Cannot .*: (the guest's disk|the disk) is full$/);
      deepEqual(after, before);
    });
  }
});
