/**
 * Who may import whom:
 *
 *     main -> cmd -> core -> plugins/contract <- distros -> plugins/kit
 *     main -> plugins/load -> distros/mod
 *
 * A rule is a pure function from the graph to its faults, with an example that it must find a fault in.
 */
import { type Edge, filesOf, isFile } from "./graph.ts";

/** One rule over the import graph. */
export interface ImportRule {
  readonly name: string;
  /** A sentence for each fault. */
  readonly faults: (graph: readonly Edge[]) => string[];
  /**
   * Graphs that each break the rule; imports are "from -> to" (static), "from ~> to" (dynamic) or
   * "from :> to" (type), and a semicolon stands between two of them.
   */
  readonly wrong: readonly string[];
  /** Imports that together do not. */
  readonly right: readonly string[];
}

/** The layers of the program, and the layers each may import from beside itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cmd", "core", "distros", "plugins", "plugins/contract.ts"],
  "cmd": ["core", "plugins/contract.ts", "cmd/distro"],
  // The commands about plugins have the loader and the conformance suite to show.
  "cmd/distro": ["cmd", "core", "plugins", "plugins/contract.ts"],
  // The kit because a signed list has to be read by the very reader that distros use.
  "core": ["plugins/contract.ts", "plugins/kit.ts"],
  "distros": ["plugins/contract.ts", "plugins/kit.ts"],
  "plugins": ["plugins/contract.ts", "plugins/kit.ts", "distros", "core"],
  "plugins/kit.ts": ["plugins/contract.ts"],
  "plugins/contract.ts": [],
};

/** What each noun of core may import beside itself and the leaf files at core's top level. */
const NOUNS: Readonly<Record<string, readonly string[]>> = {
  qemu: [],
  ssh: [],
  cloudinit: [],
  images: [],
  transfer: ["ssh"],
  instances: ["qemu", "ssh", "cloudinit", "images"],
  // Looks at everything; nothing else in core looks at it.
  doctor: ["qemu", "ssh", "cloudinit", "images", "instances"],
  // Downloads a program as images are.
  upgrade: ["images"],
};

/** Where the version stands. */
const SETTINGS = "deno.json";

/** The one file that knows every command; it loads those that a line names. */
const COMMANDS = "cmd/commands.ts";
/** Reads lines, with what every line needs. */
const ROOT = "cmd/root.ts";
/** Answers what needs no parser before it loads that. */
const PROGRAM = "cmd/program.ts";
/** What every command is given. */
const CONTEXT = "cmd/context.ts";
/** Files that any command may import: what they share, and no command themselves. */
const SHARED_BY_COMMANDS = [
  "cmd/ui/",
  CONTEXT,
  "cmd/command_tree.ts",
  "cmd/completions/shells.ts",
  "cmd/connection.ts",
  "cmd/create_options.ts",
  "cmd/distro/agree.ts",
  "cmd/distro/options.ts",
  "cmd/each.ts",
  "cmd/environment.ts",
  "cmd/guest_line.ts",
  "cmd/help/topics.ts",
  "cmd/modify_result.ts",
  "cmd/options.ts",
  "cmd/output.ts",
  "cmd/prefix.ts",
  "cmd/port_rows.ts",
  "cmd/pulling.ts",
  "cmd/shown_image.ts",
  "cmd/schema/results.ts",
  "cmd/version.ts",
];

/** Folders with the parts of one command, which are no commands and may import each other. */
const PARTS = ["cmd/complete/", "cmd/completions/", "cmd/help/", "cmd/schema/"];

/** The files or folders that each package is imported by; the formats of the user's files are read on both sides. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  // Draws README.md's recording; the program does without it.
  "npm:@xterm/headless": ["scripts/record/"],
  "npm:commander": ["cmd/"],
  "npm:@commander-js/extra-typings": ["cmd/"],
  "npm:ssh2": ["core/ssh/"],
  "npm:@types/ssh2": ["core/ssh/"],
  // For tests alone: checks the schemas of --json.
  "npm:ajv": ["tests/"],
  "npm:smol-toml": ["core/", "plugins/"],
  "npm:valibot": ["core/", "plugins/"],
  "npm:openpgp": ["core/images/"],
  "npm:xz-decompress": ["core/images/"],
  "npm:yaml": ["cmd/", "plugins/"],
  "npm:quickjs-emscripten-core": ["plugins/sandbox/"],
  "npm:@jitl/quickjs-singlefile-mjs-release-sync": ["plugins/sandbox/"],
};

function layerOf(file: string): string | undefined {
  if (file.startsWith("cmd/distro/")) return "cmd/distro";
  if (file.startsWith("plugins/kit/")) return "plugins/kit.ts";
  if (file in LAYERS) return file;
  const [folder] = file.split("/");
  return folder !== undefined && folder in LAYERS && folder !== file ? folder : undefined;
}

function layerFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ to }) => isFile(to) && to !== SETTINGS).filter(({ from, to }) => {
    const [source, target] = [layerOf(from), layerOf(to)];
    if (source === undefined || target === undefined) return true;
    return source !== target && !LAYERS[source]?.includes(target);
  }).map(said);
}

function commandFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ from, to }) => {
    if (!from.startsWith("cmd/") || !to.startsWith("cmd/")) return false;
    if (from.startsWith("cmd/ui/")) return !to.startsWith("cmd/ui/") && to !== CONTEXT;
    const isOwnGroup = to.startsWith(from.replace(/\.ts$/, "/"));
    const isShared = SHARED_BY_COMMANDS.some((shared) => to.startsWith(shared));
    const isSamePart = PARTS.some((part) => from.startsWith(part) && to.startsWith(part));
    const isAbove = to === ROOT ? from === PROGRAM : to === COMMANDS ? from === ROOT : false;
    return from !== COMMANDS && !isAbove && !isOwnGroup && !isShared && !isSamePart;
  }).map(said);
}

function nounFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ from, to }) => {
    const target = nounOf(to);
    const source = nounOf(from);
    if (!from.startsWith("core/") || target === undefined || source === target) return false;
    return source === undefined || !NOUNS[source]?.includes(target);
  }).map(said);
}

/** The noun of core a file belongs to; undefined for a leaf file and for anything outside of core. */
function nounOf(file: string): string | undefined {
  return /^core\/([^/]+)\//.exec(file)?.[1];
}

function contractFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ from }) => from === "plugins/contract.ts").map(said);
}

function distroFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ from, to }) =>
    from.startsWith("distros/") && from !== "distros/mod.ts" && to.startsWith("distros/")
  ).map(said);
}

function cycleFaults(graph: readonly Edge[]): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) faults.push([...way.slice(start), file].join(" -> "));
    if (start >= 0 || done.has(file)) return;
    for (const edge of graph) {
      if (edge.from === file && isFile(edge.to)) visit(edge.to, [...way, file]);
    }
    done.add(file);
  };
  for (const file of filesOf(graph)) visit(file, []);
  return faults;
}

function packageFaults(graph: readonly Edge[]): string[] {
  return graph.filter(({ from, to }) => {
    if (!isFile(from) || !to.startsWith("npm:")) return false;
    return !PACKAGE_HOMES[to]?.some((home) => from.startsWith(home));
  }).map((edge) => `${said(edge)} (its home: ${PACKAGE_HOMES[edge.to]?.join(", ") ?? "none yet"})`);
}

function said({ from, to }: Edge): string {
  return `${from} -> ${to}`;
}

/** All rules over imports. */
export const IMPORT_RULES: readonly ImportRule[] = [
  {
    name: "layers are imported in one direction",
    faults: layerFaults,
    wrong: [
      "core/app.ts -> cmd/ui/table.ts",
      "core/app.ts -> distros/mod.ts",
      "core/app.ts -> plugins/load.ts",
      "cmd/start.ts -> main.ts",
      "cmd/start.ts -> plugins/load.ts",
      "cmd/start.ts :> distros/mod.ts",
      "distros/debian.ts -> core/errors.ts",
      "core/app.ts -> tests/support/clock.ts",
    ],
    right: [
      "main.ts -> cmd/program.ts",
      "cmd/start.ts -> core/errors.ts",
      "cmd/distro/add.ts ~> plugins/load.ts",
      "core/app.ts :> plugins/contract.ts",
      "distros/debian.ts -> plugins/kit.ts",
      "plugins/load.ts -> distros/mod.ts",
    ],
  },
  {
    name: "commands do not import each other",
    faults: commandFaults,
    wrong: [
      "cmd/restart.ts -> cmd/stop.ts",
      "cmd/image/pull.ts -> cmd/image/build.ts",
      "cmd/ui/table.ts -> cmd/program.ts",
      "cmd/stop.ts -> cmd/root.ts",
      "cmd/root.ts -> cmd/stop.ts",
      "cmd/complete/line.ts -> cmd/schema/kinds.ts",
    ],
    right: [
      "cmd/image.ts -> cmd/image/pull.ts",
      "cmd/program.ts ~> cmd/root.ts",
      "cmd/root.ts -> cmd/commands.ts",
      "cmd/commands.ts ~> cmd/stop.ts",
      "cmd/image/pull.ts -> cmd/ui/table.ts",
      "cmd/stop.ts -> cmd/options.ts",
      "cmd/schema/images.ts -> cmd/schema/kinds.ts",
    ],
  },
  {
    name: "inside core only instances, doctor and upgrade compose other nouns",
    faults: nounFaults,
    wrong: [
      "core/qemu/launch.ts -> core/ssh/wait.ts",
      "core/images/store.ts -> core/instances/list.ts",
      "core/transfer/plan.ts -> core/instances/list.ts",
      "core/transfer/plan.ts -> core/qemu/qmp.ts",
      "core/errors.ts -> core/qemu/qmp.ts",
      "core/instances/start.ts -> core/doctor/checks.ts",
      "core/upgrade/upgrade.ts -> core/instances/list.ts",
    ],
    right: [
      "core/instances/start.ts -> core/qemu/launch.ts",
      "core/transfer/scp.ts -> core/ssh/client.ts",
      "core/qemu/launch.ts -> core/errors.ts",
      "core/qemu/launch.ts -> core/qemu/qmp.ts",
    ],
  },
  {
    name: "the plugin contract imports nothing",
    faults: contractFaults,
    wrong: ["plugins/contract.ts :> core/app.ts", "plugins/contract.ts -> node:path"],
    right: ["plugins/kit.ts -> plugins/contract.ts"],
  },
  {
    name: "distros do not import each other",
    faults: distroFaults,
    wrong: ["distros/ubuntu.ts -> distros/debian.ts", "distros/ubuntu.ts -> distros/mod.ts"],
    right: ["distros/mod.ts -> distros/debian.ts"],
  },
  {
    name: "no file imports itself by a detour",
    faults: cycleFaults,
    wrong: ["core/a.ts -> core/b.ts; core/b.ts ~> core/c.ts; core/c.ts :> core/a.ts"],
    right: ["core/a.ts -> core/b.ts", "core/a.ts -> core/c.ts", "core/b.ts -> core/c.ts"],
  },
  {
    name: "each npm package is imported by one file or folder",
    faults: packageFaults,
    wrong: ["core/transfer/sftp.ts ~> npm:ssh2", "core/app.ts -> npm:left-pad"],
    right: ["core/ssh/client.ts ~> npm:ssh2", "cmd/root.ts -> npm:commander"],
  },
];
