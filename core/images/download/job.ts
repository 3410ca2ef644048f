/** What everything that works on one download shares. */
import type { Host } from "../../host.ts";
import type { Operation } from "../../progress.ts";
import type { Download, Patience } from "./request.ts";
import type { Part } from "./part.ts";

/** A download under way. */
export interface Job {
  readonly host: Host;
  readonly request: Download;
  readonly operation: Operation;
  readonly patience: Patience;
  readonly part: Part;
  /** False once the server's answers to ranges can't be used: then the whole is asked for. */
  ranges: boolean;
  /** Most connections at once. */
  connections: number;
}

/** Tells how far it is. */
export function reportBytes({ operation, request, part }: Job): void {
  operation.report({
    kind: "bytes",
    label: request.label,
    done: part.done,
    total: part.identity.total,
  });
}
