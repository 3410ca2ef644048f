/** Tables and the terminal: they fit it, names stay whole, and without one nothing is cut. */
import { equal, match, ok } from "node:assert/strict";
import { textWidth } from "../../cmd/ui/text.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";

const LONG = "a-name-of-an-instance-that-is-long";

const TABLES = [
  ...["instances", "instances --all", "images --all", "image list", "distro list"],
  ...["distro show gentoo", "config list", "ports", "prune --all --dry-run"],
];

async function makeHome(): Promise<Cli> {
  const cli = await Cli.withImage();
  const rule = {
    protocol: "tcp",
    hostAddress: "127.0.0.1",
    hostPort: 28_080,
    guestPort: 80,
  } as const;
  await putInstance(cli.paths, { name: LONG, forwards: [rule] });
  await putInstance(cli.paths, { name: "web", image: `https://images.example/${"x".repeat(200)}` });
  await cli.ok(`create db -i ${IMAGE}`);
  await cli.ok(
    "config set mirror.debian https://mirror.example/a/rather/long/path/to/debian/images",
  );
  return cli;
}

Deno.test("no line of a table is longer than the terminal, and names stay whole", async () => {
  await using cli = await makeHome();
  for (const columns of [40, 80, 200]) {
    for (const line of TABLES) {
      const { stdout } = await cli.run(line.split(" "), { terminal: ["stdout"], columns });
      const [facts = "", table] = stdout.split("\n\n");
      for (const row of (table ?? facts).trimEnd().split("\n")) {
        ok(textWidth(row) <= columns, `cubic ${line} at ${columns}: ${row}`);
      }
    }
    const facts = { terminal: ["stdout"], columns } as const;
    match((await cli.ok("instances", facts)).stdout, new RegExp(`^${LONG}`, "m"));
  }
});

Deno.test("nothing of a table is cut in a pipe or a file, whatever COLUMNS there are", async () => {
  await using cli = await makeHome();
  for (const line of TABLES) {
    const narrow = await cli.run(line.split(" "), { columns: 40 });
    const wide = await cli.run(line.split(" "), { columns: 2000 });
    equal(narrow.stdout, wide.stdout, line);
    equal(narrow.stdout.includes("…"), false, line);
  }
  match((await cli.ok("instances")).stdout, /x{200}/);
});
