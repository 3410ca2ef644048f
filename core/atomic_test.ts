import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import {
  ensureDir,
  ensurePrivateDir,
  readTextIfThere,
  removeIfThere,
  statIfThere,
  writeAtomic,
} from "./atomic.ts";
import { makeTempDir } from "../tests/support/temp_dir.ts";

Deno.test("writeAtomic() makes a private file, replaces it whole, and leaves nothing beside it", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "file");
  await writeAtomic(path, "old, and longer than the new one");
  equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await writeAtomic(path, new TextEncoder().encode("new"), { mode: 0o640 });
  equal(await Deno.readTextFile(path), "new");
  // The user's mask still takes its part.
  equal((await Deno.stat(path)).mode! & 0o777, 0o640 & ~Deno.umask());
  deepEqual(await namesIn(dir.path), ["file"]);
});

Deno.test("writeAtomic() removes its temporary file when it fails", async () => {
  await using dir = await makeTempDir();
  await Deno.mkdir(join(dir.path, "taken", "full"), { recursive: true });
  await rejects(writeAtomic(join(dir.path, "taken"), "text"));
  deepEqual(await namesIn(dir.path), ["taken"]);
});

Deno.test("a reader beside many writers sees one whole content, never a part", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "file");
  const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(50_000));
  await writeAtomic(path, contents[0]!);
  let done = false;
  const writers = Promise.all(contents.map((content) => writeAtomic(path, content)))
    .finally(() => done = true);
  while (!done) equal(contents.includes(await Deno.readTextFile(path)), true);
  await writers;
  deepEqual(await namesIn(dir.path), ["file"]);
});

Deno.test("ensureDir() makes private directories and minds no existing one", async () => {
  await using dir = await makeTempDir();
  await ensureDir(join(dir.path, "a"));
  await ensureDir(join(dir.path, "a", "b"));
  equal((await Deno.stat(join(dir.path, "a", "b"))).mode! & 0o777, 0o700);
});

Deno.test("ensurePrivateDir() closes a directory of ours to others and refuses a link to somewhere", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "run");
  await Deno.mkdir(path, { mode: 0o755 });
  await ensurePrivateDir(path);
  equal((await Deno.stat(path)).mode! & 0o777, 0o700);
  await Deno.symlink(path, join(dir.path, "link"));
  await rejects(ensurePrivateDir(join(dir.path, "link")), { code: "failed" });
});

Deno.test("removeIfThere(), readTextIfThere() and statIfThere() take what is not there for an answer", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "none");
  await removeIfThere(path);
  equal(await readTextIfThere(path), undefined);
  equal(await statIfThere(path), undefined);
  await Deno.mkdir(join(path, "deep"), { recursive: true });
  await rejects(readTextIfThere(path), "a directory is another problem");
  await removeIfThere(path);
  equal(await statIfThere(path), undefined);
});

async function namesIn(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort();
}

Deno.test("ensureDir() says which directory can't be made, and what to do", async () => {
  await using dir = await makeTempDir();
  const file = join(dir.path, "file");
  await Deno.writeTextFile(file, "");
  const failure = await ensureDir(join(file, "below")).catch((error) => error);
  match(failure.message, /^Cannot make the directory .*\/file\/below: /);
  match(failure.hint, /CUBIC_HOME/);
  const other = await ensurePrivateDir(join(file, "below")).catch((error) => error);
  match(other.hint, /TMPDIR/);
});
