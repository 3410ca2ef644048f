/** What people type who come from upstream's cubic, or from other tools: their words and flags are understood. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { expandPrefixes } from "../../cmd/prefix.ts";
import { childOf } from "../../cmd/command_tree.ts";
import { commandHere } from "../../cmd/ui/other_words.ts";
import { commandTree } from "../support/command_tree.ts";

/** Every command and flag of upstream's, long and short, as its help has them. */
const LINES = [
  "-v instances",
  "--verbose instances",
  "instances -q",
  "instances --quiet",
  "-h",
  "--help",
  "-V",
  "--version",
  "run web -i debian -u ann -c 2 -m 1G -d 10G -p 8080:80 -e true --isolate --accel on --env A=b",
  "run --rm -i debian",
  "create web --image debian:12:arm64 --user ann --cpus 2 --memory 1G --disk 10G --port 8080:80",
  "create web -i debian -u ann -c 2 -m 512M -d 10G -p 127.0.0.1:8080:80/tcp -p 53:53/udp",
  "create web -i debian --mem 1G --execute reboot --isolate",
  "create web -i debian -e reboot",
  "instances -a",
  "instances --all",
  "images -a",
  "images --all",
  "ports",
  "show web",
  "show web -a",
  "show debian:12 --all",
  "modify web -c 2 -m 1G -d 200G -p 8080:80 -P 8081:81 --isolate",
  "modify web --cpus 2 --mem 1G --disk 200G --port 8080:80 --rm-port 8081:81 --no-isolate",
  "modify web --memory 1G",
  "console web --accel off",
  "ssh ann@web --accel auto --env A=b --env HOME",
  "exec --accel on --env A web true",
  "scp a web:b",
  "scp web:a db:b",
  "scp a b",
  "start web db --qemu-args -snapshot --accel on -w -y",
  "start web --wait --yes",
  "stop web db -w",
  "stop --all --wait --kill",
  "stop -a -k",
  "restart web db --accel off",
  "rename web www",
  "clone web copy",
  "delete web db -y",
  "delete web --yes",
  "delete web -f",
  "delete web --force",
  "prune -y",
  "prune --yes",
  "completions bash",
  "completions elvish",
  "completions fish",
  "completions powershell",
  "completions zsh",
  "completion bash",
];

for (const line of LINES) {
  Deno.test(`upstream's \`cubic ${line}\` is understood`, async () => {
    deepEqual(await (await commandTree()).parse(line.split(" ")), undefined);
  });
}

/** Words of other tools, and of upstream's past, and whose they are here. */
const VERBS: Readonly<Record<string, string>> = {
  ls: "instances",
  list: "instances",
  ps: "instances",
  rm: "delete",
  cp: "scp",
  mv: "rename",
  info: "show",
  shell: "ssh",
  completion: "completions",
};

for (const [verb, command] of Object.entries(VERBS)) {
  Deno.test(`the verb \`${verb}\` is \`${command}\``, async () => {
    equal(childOf((await commandTree()).root, verb)?.name(), command);
  });
}

Deno.test("every start of every command that no other has stands for it", async () => {
  const { root } = await commandTree();
  const names = root.createHelp().visibleCommands(root).map((command) => command.name());
  let starts = 0;
  for (const name of names) {
    for (let end = 1; end < name.length; end++) {
      const start = name.slice(0, end);
      if (childOf(root, start)) continue;
      if (names.some((other) => other !== name && other.startsWith(start))) continue;
      // Vagrant's `up` must not run `upgrade`.
      if (commandHere(start) !== undefined) continue;
      deepEqual(expandPrefixes(root, [start]), [name]);
      starts++;
    }
  }
  ok(starts > 30, String(starts));
  // As upstream's documentation abbreviates.
  deepEqual(expandPrefixes(root, ["im"]), ["images"]);
});
