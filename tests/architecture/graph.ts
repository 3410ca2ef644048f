/** The import graph of the program, as `deno info --json` tells it: type-only and dynamic edges included. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** One import. A file is a path from the repository's root, a package is `npm:name`, the rest is a URL. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** How it is imported: only at run time, when its line is reached, or for its types alone. */
  readonly kind: "static" | "dynamic" | "type";
}

/** What `deno info --json` prints, as far as it is used here. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string; readonly error?: string };
      readonly type?: { readonly specifier?: string; readonly error?: string };
    }[];
  }[];
}

/**
 * Every import that can be reached from a file.
 * @throws Error when the file or something it imports is not there.
 */
export async function importGraph(root: string, entry: string): Promise<Edge[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: root,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (text.trim() === "") throw new Error(new TextDecoder().decode(stderr));
  return edgesOf(JSON.parse(text), root);
}

/** The edges in what `deno info --json` printed. */
export function edgesOf(info: Info, root: string): Edge[] {
  const broken = info.modules.find((module) => module.error !== undefined);
  if (broken) throw new Error(`Cannot read ${broken.specifier}: ${broken.error}`);
  return info.modules.flatMap(({ specifier, dependencies = [] }) => {
    const from = nodeName(specifier, root);
    return dependencies.flatMap(({ code, type, isDynamic }): Edge[] => {
      const edges: Edge[] = [];
      if (code?.specifier) {
        const kind = isDynamic ? "dynamic" : "static";
        edges.push({ from, to: nodeName(code.specifier, root), kind });
      }
      if (type?.specifier) edges.push({ from, to: nodeName(type.specifier, root), kind: "type" });
      return edges;
    });
  });
}

function nodeName(specifier: string, root: string): string {
  if (specifier.startsWith("file:")) return relative(root, fileURLToPath(specifier));
  const npm = /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier);
  return npm ? `npm:${npm[1]}` : specifier;
}

/** True for a file of this repository. */
export function isFile(node: string): boolean {
  return !/^[a-z]+:/.test(node);
}

/** Every file in the graph. */
export function filesOf(graph: readonly Edge[]): Set<string> {
  return new Set(graph.flatMap(({ from, to }) => [from, to]).filter(isFile));
}

/** The first way from a start to each node that the followed edges reach. */
export function waysFrom(
  start: string,
  graph: readonly Edge[],
  follow: (edge: Edge) => boolean,
): Map<string, string[]> {
  const ways = new Map([[start, [start]]]);
  for (const [node, way] of ways) { // grows while it is walked: a breadth-first search
    for (const edge of graph) {
      if (edge.from === node && follow(edge) && !ways.has(edge.to)) {
        ways.set(edge.to, [...way, edge.to]);
      }
    }
  }
  return ways;
}
