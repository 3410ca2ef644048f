/** One copy of a tree by our own engine, in a process of its own; what to copy comes in the environment, as `tree.ts` writes it. */
import { connect } from "../../core/ssh/client.ts";
import { transfer } from "../../core/transfer/transfer.ts";
import type { TreeRequest } from "./tree.ts";

const { target, direction, from, to }: TreeRequest = JSON.parse(
  Deno.env.get("CUBIC_BENCH_REQUEST") ?? "",
);
const { signal } = new AbortController();
using connection = await connect(target, { signal });
const host = (path: string) => ({ kind: "host", path }) as const;
const guest = (path: string) =>
  ({ kind: "guest", instance: "bench", user: undefined, path }) as const;
await transfer({
  sources: [direction === "up" ? host(from) : guest(from)],
  target: direction === "up" ? guest(to) : host(to),
  recursive: true,
  preserve: false,
  route: "auto",
  connect: () => Promise.resolve(connection),
}, { signal, report: () => {} });
