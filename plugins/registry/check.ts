/** Running the conformance suite: over a distro by its name, or over a file before it is added. */
import { join } from "node:path";
import { readTextIfThere } from "../../core/atomic.ts";
import type { App, KnownDistro } from "../../core/app.ts";
import { findDistro } from "../../core/images/name.ts";
import { distroContext } from "../../core/images/resolve.ts";
import type { Operation } from "../../core/progress.ts";
import { checkDistro, type ConformanceReport } from "../conformance.ts";
import type { DistroContext } from "../contract.ts";
import { readCandidate } from "./candidate.ts";

/** What to check, and against what. */
export interface CheckRequest {
  /** The name of a distro, or the path or https URL of a plugin. */
  readonly target: string;
  /** A directory that answers instead of the network: `<host>/<path>` below it. */
  readonly fixtures?: string;
  /** A plugin that is no added one may fetch from this machine. */
  readonly allowLoopback: boolean;
}

/** What was checked, and what came of it. */
export interface CheckedDistro extends ConformanceReport {
  readonly distro: KnownDistro;
}

/**
 * Checks a distro. A distro that does not conform is a report, not an error.
 * @throws CubicError when there is no such distro or plugin, or it can't be loaded.
 */
export async function checkPlugin(
  app: Pick<App, "host" | "config" | "paths" | "distros">,
  request: CheckRequest,
  operation: Operation,
): Promise<CheckedDistro> {
  const distro = await findTarget(app, request, operation);
  const { fixtures } = request;
  const ctx: DistroContext = fixtures === undefined
    ? distroContext(app, distro, operation.signal)
    : { baseUrl: distro.baseUrl, fetchText: (url) => readFixture(fixtures, url) };
  operation.report({ kind: "step", text: `Checking ${distro.name}` });
  // Built-in ones are never on this machine; a mirror of them may be.
  const allowLoopback = distro.added?.allowLoopback ?? true;
  return { distro, ...await checkDistro(distro, ctx, { allowLoopback }) };
}

/** Only a file has a dot or a slash in its name. */
async function findTarget(
  app: Pick<App, "host" | "distros">,
  { target, allowLoopback }: CheckRequest,
  operation: Operation,
): Promise<KnownDistro> {
  if (!/[./\\]/.test(target)) return findDistro(app.distros, target);
  const { distro, source, digest } = await readCandidate(
    app,
    { source: target, allowLoopback },
    operation,
  );
  return { ...distro, added: { source, digest, allowLoopback } };
}

/** The file that stands for a URL: its host, its path, and its query as it would be written in a URL. */
export function fixturePath(directory: string, text: string): string {
  const url = new URL(text);
  const path = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  return join(directory, url.host, path + encodeURIComponent(url.search));
}

async function readFixture(directory: string, url: string): Promise<string> {
  const path = fixturePath(directory, url);
  const text = await readTextIfThere(path);
  if (text !== undefined) return text;
  throw new Error(`there is no ${path}`);
}
