/**
 * cubic is killed with SIGKILL at random moments of clone, rename and prune. Whatever is left, every instance that is
 * listed is whole, no disk has lost what was on it, and prune clears the rest. CUBIC_TEST_KILLS sets how many kills
 * (a quarter of it here, 10).
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { resolvePaths } from "../../core/paths.ts";
import { readDisk, writeDisk } from "../support/guest_disk.ts";
import { run } from "../support/disk.ts";
import { addBlankImage, killAfter, makeSandbox, type Sandbox } from "../support/sandbox.ts";

const KILLS = Math.max(4, Math.round(Number(Deno.env.get("CUBIC_TEST_KILLS") ?? 40) / 4));
const CREATE = ["--image", "debian:bookworm", "--memory", "128M", "--cpus", "1", "--disk", "128M"];
/** What is killed; each leaves the home such that it can be done again. */
const VICTIMS = [
  ["clone", "web", "copy"],
  ["rename", "web", "www"],
  ["clone", "web", "copy", "--full"],
  ["prune", "--yes"],
] as const;

Deno.test(`${KILLS} kills of clone, rename and prune at random moments harm no instance`, async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const usual = await Promise.all(VICTIMS.map((victim) => duration(victim)));
  for (let kill = 0; kill < KILLS; kill++) {
    const index = kill % VICTIMS.length;
    const byte = 1 + kill % 200;
    await prepare(sandbox, byte);
    await killAfter(sandbox, VICTIMS[index]!, Math.random() * usual[index]! * 1.1);
    await checkDisks(sandbox, byte, VICTIMS[index]!);
    await clear(sandbox);
  }
});

/** How long it takes here when it is left alone, so that the kills are spread over all of it. */
async function duration(victim: readonly string[]): Promise<number> {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await prepare(sandbox, 1);
  const began = performance.now();
  await sandbox.ok(...victim);
  return performance.now() - began;
}

/** An instance with something on its disk and a layer under it, and a layer that nobody needs. */
async function prepare(sandbox: Sandbox, byte: number): Promise<void> {
  await sandbox.ok("create", "web", ...CREATE);
  await writeDisk(at(sandbox), "web", 255);
  await sandbox.ok("clone", "web", "lower");
  await writeDisk(at(sandbox), "web", byte);
  const { instances } = at(sandbox).paths;
  await writeDisk(at(sandbox), "lower", 254);
  await sandbox.ok("clone", "lower", "upper");
  for (const name of ["lower", "upper"]) {
    await Deno.remove(join(instances, name), { recursive: true });
  }
}

/** Every instance that can be seen has the bytes, can be written to, and has a disk that qemu-img finds sound. */
async function checkDisks(
  sandbox: Sandbox,
  byte: number,
  [killed]: readonly string[],
): Promise<void> {
  const list = await sandbox.json("instances");
  const names: string[] = list.map(({ name }: { name: string }) => name);
  ok(names.includes("web") !== names.includes("www"), `${names} after a killed ${killed}`);
  for (const { name, state } of list) {
    equal(state, "stopped", `${name} after a killed ${killed}`);
    equal(await readDisk(at(sandbox), name), byte, `${name} after a killed ${killed}`);
    await run("qemu-img", "check", "-q", join(sandbox.home, "instances", name, "disk.qcow2"));
  }
  for (const [index, name] of names.entries()) await writeDisk(at(sandbox), name, 100 + index);
  for (const [index, name] of names.entries()) {
    equal(await readDisk(at(sandbox), name), 100 + index);
  }
  // The next commands go through, on what the killed one left.
  const [name] = names.filter((other) => other !== "copy");
  await sandbox.ok("clone", name!, "next");
  equal(await readDisk(at(sandbox), "next"), 100 + names.indexOf(name!));
}

/** When all instances are gone and prune has run, nothing is left. */
async function clear(sandbox: Sandbox): Promise<void> {
  await sandbox.ok("delete", "--all", "--force");
  await sandbox.ok("prune", "--yes");
  for (const directory of ["instances", "layers"]) {
    const left = await Array.fromAsync(Deno.readDir(join(sandbox.home, directory)));
    deepEqual(left.map(({ name }) => name), [], directory);
  }
  deepEqual(await sandbox.json("prune", "--dry-run"), []);
}

function at(sandbox: Sandbox): { readonly paths: ReturnType<typeof resolvePaths> } {
  const env = (name: string): string | undefined => sandbox.env[name];
  return { paths: resolvePaths({ os: "linux", env }, Deno.uid()) };
}
