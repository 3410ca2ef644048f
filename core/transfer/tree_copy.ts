/** Copying a tree from any place to any other: open both ends, let entries flow, put the result in its place. */
import { interrupted } from "../errors.ts";
import type { Operation, Report } from "../progress.ts";
import { startBreathing } from "./breathe.ts";
import { excludeNothing } from "./exclude.ts";
import type { TreeTotals } from "./listing.ts";
import { shrank } from "./local_source.ts";
import { orLost } from "./lost.ts";
import { printable } from "./printable.ts";
import type { RouteOperation } from "./route.ts";
import { withStallLimit } from "./stall.ts";
import { dataLength, pieces, type TreeEntry, type TreeSource, type TreeTarget } from "./tree.ts";
import {
  openInput,
  openOutput,
  type Total,
  type TreeRequest,
  type TreeRoute,
} from "./tree_ends.ts";
import { expectTotal } from "./tree_list.ts";

/** What was copied. */
export interface TreeResult extends TreeTotals {
  readonly route: TreeRoute | "copy";
  /** The files that arrived, relative to the root. */
  readonly paths: readonly string[];
}

/**
 * Copies a tree. Nothing is under its final name before all of it is there.
 * @throws CubicError "transfer-failed", "disk-full", "interrupted"; what only concerns single files is warned of.
 */
export async function copyTree(request: TreeRequest, operation: Operation): Promise<TreeResult> {
  const known = { ...operation, report: withoutInfinity(operation.report) };
  return await withStallLimit(known, request.label, async (op) => {
    try {
      return await moveTree(request, op);
    } catch (error) {
      throw op.signal.aborted ? interrupted() : await orAnyLost(request, error);
    }
  });
}

async function moveTree(request: TreeRequest, op: RouteOperation): Promise<TreeResult> {
  const total = expectTotal(request, op.signal);
  const input = await openInput(request, total, op);
  using entries = input.value;
  const output = await openOutput(request, op);
  const target = output.value;
  try {
    const moved = await pump(entries.entries, target, request, total, op);
    if (op.signal.aborted) throw interrupted();
    await target.commit();
    const { label } = request;
    op.report({ kind: "bytes", label, done: moved.bytes, total: moved.bytes });
    const route = input.route === "copy" ? output.route : input.route;
    return { ...moved, route };
  } catch (error) {
    await target.discard();
    throw error;
  }
}

/** The error, or that one of the connections was lost. */
async function orAnyLost({ from, to, label }: TreeRequest, error: unknown): Promise<unknown> {
  for (const place of [from, to]) {
    const found = place.side === "guest" ? await orLost(place.connection, label, error) : error;
    if (found !== error) return found;
  }
  return error;
}

/** Lets the entries flow, without those that are left out, and counts. */
async function pump(
  entries: TreeSource,
  target: TreeTarget,
  { exclude, label, warn }: TreeRequest,
  total: Total,
  op: RouteOperation,
): Promise<Omit<TreeResult, "route">> {
  const sizes = new Map<string, number>();
  const left = new Set<string>();
  let moved = 0;
  const count = (length: number): void => {
    moved += length;
    op.moved(moved, total.bytes ?? Infinity);
  };
  const breathe = startBreathing();
  for await (const entry of entries) {
    await breathe();
    if (op.signal.aborted) throw interrupted();
    const parent = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf("/")));
    const out = entry.path !== "" && exclude !== excludeNothing &&
      (left.has(parent) || exclude(entry.path, entry.kind === "directory"));
    if (out) {
      left.add(entry.path);
      continue;
    }
    if (entry.kind === "shrunk") {
      if (!sizes.delete(entry.path)) continue;
      await target.drop(entry.path);
      warn(shrank(printable(`${label}/${entry.path}`)).message);
      continue;
    }
    await target.put(entry.kind === "file" ? counted(entry, count) : entry);
    if (entry.kind !== "directory") {
      sizes.set(entry.path, entry.kind === "file" ? entry.size : 0);
    }
  }
  const bytes = sizes.values().reduce((sum, size) => sum + size, 0);
  return { files: sizes.size, bytes, paths: [...sizes.keys()] };
}

/** The same file, whose bytes are counted when they have been taken. */
function counted(
  entry: TreeEntry & { kind: "file" },
  count: (bytes: number) => void,
): TreeEntry {
  if (entry.data instanceof Uint8Array) {
    count(entry.size);
    return entry;
  }
  const { data, extents, size } = entry;
  const holes = size - dataLength(extents);
  const flow = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(data)) {
      yield piece;
      count(piece.length);
    }
    count(holes);
  };
  return { ...entry, data: flow() };
}

/** An unknown total is counted towards as infinity, and told as unknown. */
function withoutInfinity(report: Report): Report {
  return (event) =>
    report(
      event.kind === "bytes" && event.total === Infinity ? { ...event, total: undefined } : event,
    );
}
