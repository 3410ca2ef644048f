import { equal, match } from "node:assert/strict";
import { join } from "node:path";
import { readCommit } from "../../cmd/version.ts";
import { currentCommit, writeBuildFile } from "./commit.ts";

Deno.test("the build file has the commit, says when files were changed, and does without git", async () => {
  const root = await Deno.makeTempDir({ prefix: "cubic-test-" });
  try {
    equal(readCommit(await Deno.readTextFile(await writeBuildFile(root))), undefined);
    await Deno.writeTextFile(join(root, "file"), "one");
    for (const line of ["init -q", "add file", "commit -qm one"]) await git(root, line);
    match(await currentCommit(root) ?? "", /^[0-9a-f]{7}$/);
    await Deno.writeTextFile(join(root, "file"), "two");
    const commit = readCommit(await Deno.readTextFile(await writeBuildFile(root)));
    match(commit ?? "", /^[0-9a-f]{7}-dirty$/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function git(root: string, line: string): Promise<void> {
  const who = ["-c", "user.name=tester", "-c", "user.email=tester@localhost"];
  const command = new Deno.Command("git", { args: ["-C", root, ...who, ...line.split(" ")] });
  equal((await command.output()).code, 0, line);
}
