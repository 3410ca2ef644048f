/** What copying promises of a real guest: steps of the test that has one booted. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { eventually, type Sandbox } from "../support/sandbox.ts";
import { AWKWARD_NAMES, manifest, namesIn, randomBytes } from "../support/transfer.ts";

/** One for each kind of trouble; a command a name takes its time in an emulated guest. */
const WORST_NAMES = ["it's", '"$(id >pwned)"', "-rf *", "line\nend", "ünï 🙂"];

/** Names that break what quotes badly go in and out, as a tree and one by one; those that can't are named. */
export async function copyAwkwardNames(sandbox: Sandbox, guest: string): Promise<void> {
  const [names, back] = [join(sandbox.home, "names"), join(sandbox.home, "back again")];
  await Deno.mkdir(names);
  await Deno.mkdir(back);
  for (const name of [...AWKWARD_NAMES, ...WORST_NAMES]) {
    await Deno.writeTextFile(join(names, name), name);
  }
  const wanted = (await manifest(names)).slice(1);

  await sandbox.ok("scp", "-r", "--verify", names, `${guest}:tree`);
  await sandbox.ok("scp", "-r", `${guest}:tree`, join(back, "tree"));
  deepEqual((await manifest(join(back, "tree"))).slice(1), wanted);

  await sandbox.ok("exec", guest, "--", "mkdir", "one by one");
  await sandbox.ok("scp", ...WORST_NAMES.map((name) => join(names, name)), `${guest}:one by one`);
  const sources = WORST_NAMES.map((name) => `${guest}:one by one/${name}`);
  await Deno.mkdir(join(back, "files"));
  await sandbox.ok("scp", ...sources, join(back, "files"));
  deepEqual(await namesIn(join(back, "files")), [...WORST_NAMES].sort());
  for (const name of WORST_NAMES) {
    equal(await Deno.readTextFile(join(back, "files", name)), name);
  }
  // Had any of them run, there would be a file "pwned".
  equal(await sandbox.ok("exec", guest, "find . -name pwned"), "");

  await sandbox.ok("exec", guest, `echo x >"tree/$(printf 'b\\377d')"`);
  const partly = await sandbox.cubic("scp", "-r", `${guest}:tree`, join(back, "partly"));
  equal(partly.code, 1, partly.stderr);
  match(partly.stderr, /warning: Skipped ".*b.*d": its name is not UTF-8/);
  deepEqual((await manifest(join(back, "partly"))).slice(1), wanted);
  await sandbox.ok("exec", guest, "--", "rm", "-rf", "tree", "one by one");
}

/** A disk of the guest that is really full: said by every route, and the old files stay. */
export async function fillDisk(sandbox: Sandbox, guest: string): Promise<void> {
  const [file, tree] = [join(sandbox.home, "large"), join(sandbox.home, "large tree")];
  await Deno.writeFile(file, randomBytes(6 * 2 ** 20));
  await Deno.mkdir(tree);
  for (let index = 0; index < 6; index++) {
    await Deno.writeFile(join(tree, `${index}`), randomBytes(2 ** 20));
  }
  await sandbox.ok(
    ...["exec", guest, "sudo mkdir /small && sudo mount -t tmpfs -o size=4m,mode=1777 none /small"],
  );
  await sandbox.ok("exec", guest, "echo old >/small/f; mkdir /small/tree; echo old >/small/tree/0");
  const copies: readonly (readonly [route: string, source: string, target: string])[] = [
    ...["scp", "sftp", "stream"].map((route) => [route, file, "/small/f"] as const),
    ...["stream", "sftp"].map((route) => [route, `${tree}/.`, "/small/tree"] as const),
  ];
  for (const [route, source, target] of copies) {
    const ended = await sandbox.cubic("scp", "-r", "--route", route, source, `${guest}:${target}`);
    equal(ended.code, 1, `${route} ${target}: ${ended.stderr}`);
    match(ended.stderr, /Cannot copy ".*": the guest's disk is full/, route);
    const left = await sandbox.ok("exec", guest, "cd /small; find . | sort; cat f tree/0");
    equal(left, ".\n./f\n./tree\n./tree/0\nold\nold\n", `${route} ${target}`);
  }
  await sandbox.ok("exec", guest, "sudo umount /small");
}

/** The guest loses its power while files go in and out: an error in bounded time, and old files stay. */
export async function losePower(sandbox: Sandbox, guest: string): Promise<void> {
  const [large, to] = [join(sandbox.home, "much"), join(sandbox.home, "to")];
  await Deno.writeFile(large, new Uint8Array());
  await Deno.truncate(large, 2 ** 31);
  await Deno.mkdir(to);
  await Deno.writeTextFile(join(to, "much"), "old");
  await sandbox.ok("exec", guest, "--", "truncate", "-s", "2G", "much");
  const up = sandbox.spawn("scp", "--route", "scp", large, `${guest}:copy`);
  const down = sandbox.spawn("scp", "--route", "scp", `${guest}:much`, to);
  await eventually("both copies are under way", async () => {
    const part = (await namesIn(to)).find((name) => name.endsWith(".part"));
    const size = part === undefined ? 0 : (await Deno.stat(join(to, part))).size;
    const parts = "find . -maxdepth 1 -name '.cubic-*.part' -size +1M";
    return size > 0 && (await sandbox.ok("exec", guest, parts)) !== "";
  }, 60_000);
  const { pid } = await sandbox.json("show", guest);
  ok(pid > 1, `${pid}`);
  Deno.kill(pid, "SIGKILL");
  const began = performance.now();
  for (const copy of [up, down]) {
    const { code, stderr } = await copy.output();
    const said = new TextDecoder().decode(stderr);
    equal(code, 1, said);
    match(said, /Cannot copy ".*": the connection to the guest was lost\nhint: `cubic instances`/);
  }
  ok(performance.now() - began < 30_000, "it took longer than any deadline of ours");
  deepEqual(await namesIn(to), ["much"]);
  equal(await Deno.readTextFile(join(to, "much")), "old");
}
