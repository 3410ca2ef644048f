/** What may load when: start-up time is a feature, and so is the time between TAB and the words. */
import { type Edge, isFile, waysFrom } from "./graph.ts";
import type { ImportRule } from "./import_rules.ts";

/** The file that knows every command; it loads those that a line names. */
const COMMANDS = "cmd/commands.ts";
/** Reads lines, with what every line needs. */
const ROOT = "cmd/root.ts";
/** The only packages that a line may load before its command's action runs; `--version` loads none. */
const PARSER = ["npm:commander", "npm:@commander-js/extra-typings"];

/** What a stored image's record is read with. */
const IMAGE_PACKAGES = ["npm:valibot"];

/** The parts of core that do things; to complete a word is to look at names. */
const AT_WORK = /^core\/(qemu|ssh|cloudinit|transfer|doctor|upgrade)\//;

/** Node's modules are scripts, too, that have to be read: `node:fs` alone is half of a start. */
function startFaults(graph: readonly Edge[]): string[] {
  return staticWays("main.ts", graph, (node) => !isFile(node) || node === ROOT);
}

function lineFaults(graph: readonly Edge[]): string[] {
  const commands = graph.filter(({ from, kind }) => from === COMMANDS && kind === "dynamic")
    .map(({ to }) => to);
  const isLate = (node: string): boolean => node.startsWith("npm:") && !PARSER.includes(node);
  return [
    ...staticWays(ROOT, graph, (node) => isLate(node) || commands.includes(node)),
    ...commands.flatMap((command) => staticWays(command, graph, isLate)),
  ];
}

/** The ways of what is loaded with a file to all that should not be. */
function staticWays(
  start: string,
  graph: readonly Edge[],
  isWrong: (node: string) => boolean,
): string[] {
  return [...waysFrom(start, graph, ({ kind }) => kind === "static")]
    .filter(([node]) => isWrong(node)).map(([, way]) => way.join(" -> "));
}

function completionFaults(graph: readonly Edge[]): string[] {
  const loads = ({ kind, from }: Edge): boolean =>
    kind === "static" || (kind === "dynamic" && from.startsWith("cmd/complete"));
  const heavy = (node: string): boolean =>
    AT_WORK.test(node) || (node.startsWith("npm:") && !PARSER.includes(node));
  const names = [...waysFrom("cmd/complete/instances.ts", graph, loads)]
    .filter(([node]) => heavy(node));
  const others = [...waysFrom("cmd/complete.ts", graph, loads)]
    .filter(([node]) => heavy(node) && !IMAGE_PACKAGES.includes(node));
  return [...names, ...others].map(([, way]) => way.join(" -> "));
}

/** Rules over what is loaded at start and at TAB. */
export const LOADING_RULES: readonly ImportRule[] = [
  {
    name: "what every start loads is neither the parser, nor a package or a module of Node's",
    faults: startFaults,
    wrong: [
      "main.ts -> cmd/program.ts; cmd/program.ts -> npm:commander",
      "main.ts -> cmd/program.ts; cmd/program.ts -> cmd/root.ts",
      "main.ts -> core/paths.ts; core/paths.ts -> node:path",
    ],
    right: [
      "main.ts -> cmd/program.ts",
      "cmd/program.ts ~> cmd/root.ts",
      "cmd/root.ts -> npm:commander",
      "main.ts ~> core/paths.ts",
      "core/paths.ts -> node:path",
    ],
  },
  {
    name: "a line loads the parser and the command that it names, and no package until that acts",
    faults: lineFaults,
    wrong: [
      "cmd/root.ts -> cmd/commands.ts; cmd/commands.ts ~> cmd/ssh.ts; cmd/root.ts -> cmd/ssh.ts",
      "cmd/commands.ts ~> cmd/ssh.ts; cmd/ssh.ts -> core/ssh/client.ts; core/ssh/client.ts -> npm:ssh2",
      "cmd/root.ts -> npm:yaml",
    ],
    right: [
      "cmd/root.ts -> npm:commander",
      "cmd/root.ts -> cmd/commands.ts",
      "cmd/commands.ts ~> cmd/ssh.ts",
      "cmd/ssh.ts -> npm:commander",
      "cmd/ssh.ts ~> core/ssh/client.ts",
      "core/ssh/client.ts -> npm:ssh2",
      "cmd/ssh.ts -> core/ssh/keys.ts",
      "core/ssh/keys.ts :> npm:ssh2",
    ],
  },
  {
    name: "a word is completed without packages, and without what runs machines",
    faults: completionFaults,
    wrong: [
      "cmd/complete.ts ~> cmd/complete/images.ts; cmd/complete/images.ts ~> npm:yaml",
      "cmd/complete.ts ~> core/a.ts; core/a.ts -> core/qemu/qmp.ts",
      "cmd/complete/instances.ts ~> core/a.ts; core/a.ts -> npm:valibot",
      "cmd/complete/instances.ts -> core/instances/inspect.ts; core/instances/inspect.ts -> core/qemu/qmp.ts",
    ],
    right: [
      "cmd/complete.ts ~> cmd/complete/images.ts",
      "cmd/complete/images.ts ~> core/images/store.ts",
      "core/images/store.ts -> npm:valibot",
      "core/images/store.ts ~> npm:openpgp",
      "cmd/complete/instances.ts ~> core/instances/run_record.ts",
      "core/instances/run_record.ts :> core/qemu/machine.ts",
    ],
  },
];
