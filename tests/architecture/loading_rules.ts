/** What may load when: start-up time is a feature, and so is the time between TAB and the words. */
import { type Edge, waysFrom } from "./graph.ts";
import type { ImportRule } from "./import_rules.ts";

/** All that may load before a command runs; each of the others costs every start its time. */
const EAGER_PACKAGES = ["npm:commander", "npm:@commander-js/extra-typings"];

/** What a stored image's record is read with. */
const IMAGE_PACKAGES = ["npm:valibot"];

/** The parts of core that do things; to complete a word is to look at names. */
const AT_WORK = /^core\/(qemu|ssh|cloudinit|transfer|doctor|upgrade)\//;

function eagerFaults(graph: readonly Edge[]): string[] {
  const ways = waysFrom("main.ts", graph, ({ kind }) => kind === "static");
  return [...ways]
    .filter(([node]) => node.startsWith("npm:") && !EAGER_PACKAGES.includes(node))
    .map(([, way]) => way.join(" -> "));
}

function completionFaults(graph: readonly Edge[]): string[] {
  const loads = ({ kind, from }: Edge): boolean =>
    kind === "static" || (kind === "dynamic" && from.startsWith("cmd/complete"));
  const heavy = (node: string): boolean =>
    AT_WORK.test(node) || (node.startsWith("npm:") && !EAGER_PACKAGES.includes(node));
  const names = [...waysFrom("cmd/complete/instances.ts", graph, loads)]
    .filter(([node]) => heavy(node));
  const others = [...waysFrom("cmd/complete.ts", graph, loads)]
    .filter(([node]) => heavy(node) && !IMAGE_PACKAGES.includes(node));
  return [...names, ...others].map(([, way]) => way.join(" -> "));
}

/** Rules over what is loaded at start and at TAB. */
export const LOADING_RULES: readonly ImportRule[] = [
  {
    name: "no package but the command line parser loads at start",
    faults: eagerFaults,
    wrong: ["main.ts -> core/ssh/client.ts; core/ssh/client.ts -> npm:ssh2", "main.ts -> npm:yaml"],
    right: [
      "main.ts -> cmd/program.ts",
      "cmd/program.ts -> npm:commander",
      "main.ts ~> core/ssh/client.ts",
      "core/ssh/client.ts -> npm:ssh2",
      "main.ts -> core/ssh/keys.ts",
      "core/ssh/keys.ts :> npm:ssh2",
      "core/ssh/keys.ts ~> npm:ssh2",
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
