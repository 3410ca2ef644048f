/** "Did you mean": for every kind of name that a person may misspell. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { Cli } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";

const SLIPS: readonly (readonly [what: string, line: string, status: number, meant: string])[] = [
  ["a command", "insances", 2, "instances"],
  ["a command of a group", "image lsit", 2, "list"],
  ["a topic", "help exit-staus", 2, "exit-status"],
  ["a command after help", "help creat-e", 2, "create"],
  ["a flag", "create web --imge debian", 2, "--image"],
  ["a flag of a group's command", "image list --jsno", 2, "--json"],
  ["a choice", "start web --accel onn", 2, "Allowed choices are auto, on, off"],
  ["an instance", "show wbe", 3, "web"],
  ["an instance to start", "start wbe", 3, "web"],
  ["an instance to copy from", "scp wbe:x .", 3, "web"],
  ["an instance to log in to", "ssh wbe", 3, "web"],
  ["a distribution", "distro show debain", 3, "debian"],
  ["a distribution of an image", "create x --image debain", 3, "debian"],
  ["a release", "create x --image debian:bokworm", 3, "bookworm"],
  ["a stored image", "image export debain:12 x.qcow2", 3, "debian"],
  ["a stored image of one's own", "image remove mine:1.0 --yes", 3, "`cubic image list`"],
  ["a setting", "config get require-signatur", 2, "require-signature"],
  ["a setting to change", "config set ca-fiel x", 2, "ca-file"],
  ["the distribution of a mirror", "config set mirror.debain https://x.example", 3, "debian"],
  ["a shell", "completions bsh", 2, "bash"],
  ["a command with a schema", "schema imagse", 2, "images"],
];

Deno.test("cubic tells what was probably meant", async () => {
  await using cli = await Cli.withImage();
  await putInstance(cli.paths, { name: "web" });
  await rememberRelease(cli);
  for (const [what, line, status, meant] of SLIPS) {
    const ran = await cli.run(line.split(" "));
    deepEqual([ran.status, ran.stdout], [status, ""], `${what}: ${ran.stderr}`);
    const hint = /hint: ([\s\S]*)/.exec(ran.stderr)?.[1] ?? "";
    match(hint, new RegExp(`(Did you mean[^?]*|^)${meant}`), `${what}: ${ran.stderr}`);
  }
});

/** What the vendor said this morning. */
async function rememberRelease(cli: Cli): Promise<void> {
  const { distros, paths, host } = await cli.app();
  const debian = distros.find(({ name }) => name === "debian");
  const releases = [{ version: "12", codename: "bookworm", arches: ["amd64", "arm64"] }];
  await Deno.mkdir(join(paths.cache, "releases"), { recursive: true });
  await Deno.writeTextFile(
    join(paths.cache, "releases", "debian.json"),
    JSON.stringify({ schema: 1, source: `${debian?.baseUrl} `, fetched: host.now(), releases }),
  );
}

Deno.test("cubic guesses nothing when nothing is near", async () => {
  await using cli = await Cli.create();
  for (const line of ["xyzzy", "help xyzzy", "show xyzzy", "distro show xyzzy"]) {
    const { stderr } = await cli.run(line.split(" "));
    equal(/Did you mean/.test(stderr), false, stderr);
  }
});
