import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { deepEqual, throws } from "node:assert/strict";
import { expandPrefixes } from "./prefix.ts";

function tree(): CommandUnknownOpts {
  const image = new Command("image").addCommand(new Command("list").alias("ls"))
    .addCommand(new Command("pull"));
  const commands: CommandUnknownOpts[] = [
    new Command("delete").alias("rm"),
    new Command("instances").aliases(["list", "ls"]),
    new Command("show").aliases(["info", "look"]),
    new Command("start"),
    new Command("stop"),
    new Command("images"),
    image,
    new Command("help"),
  ];
  const root: CommandUnknownOpts = new Command("cubic");
  for (const command of commands) root.addCommand(command);
  return root.addCommand(new Command("__complete"), { hidden: true });
}

Deno.test("the start of one command stands for it, in groups and after help too", () => {
  const cases: Readonly<Record<string, string>> = {
    "del web": "delete web",
    "r x": "delete x",
    "sto web": "stop web",
    "-v ins -q": "-v instances -q",
    "image p debian": "image pull debian",
    "image li": "image list",
    "help del": "help delete",
    "hel image p": "help image pull",
    "im": "images",
    "imag": "images",
    "in": "instances",
    "inf web": "show web",
  };
  for (const [typed, meant] of Object.entries(cases)) {
    deepEqual(expandPrefixes(tree(), typed.split(" ")).join(" "), meant);
  }
});

Deno.test("whole names and aliases go first, and what starts no command is left alone", () => {
  for (const line of ["image list", "ls", "list -q", "frob x", "delete st", "-- del", "", "_"]) {
    deepEqual(expandPrefixes(tree(), line.split(" ")).join(" "), line);
  }
});

Deno.test("a start that several commands share is refused with their names", () => {
  throws(() => expandPrefixes(tree(), ["st", "web"]), {
    code: "usage",
    message: 'Cannot tell which command "st" stands for',
    hint: "It may be `start` or `stop`; `cubic --help` tells what they do.",
  });
  throws(() => expandPrefixes(tree(), ["s"]), { hint: /`show`, `start` or `stop`/ });
  throws(() => expandPrefixes(tree(), ["help", "l"]), { code: "usage" });
});
