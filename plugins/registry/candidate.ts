/** A plugin that may become an added distro: read, looked at, and not yet trusted with anything. */
import type { App, KnownDistro } from "../../core/app.ts";
import { CubicError } from "../../core/errors.ts";
import { isLoopback } from "../../core/images/hosts.ts";
import type { Operation } from "../../core/progress.ts";
import type { DistroFacts } from "../conformance/shape.ts";
import type { Distro } from "../contract.ts";
import { loadPlugin } from "../load.ts";
import { readSource, type SourceFile } from "./source.ts";

/** What is asked to be added. */
export interface CandidateRequest {
  /** A path, or an https URL. */
  readonly source: string;
  /** It may fetch from this machine, by plain http too. */
  readonly allowLoopback: boolean;
}

/** What was found there. */
export interface Candidate extends SourceFile {
  readonly distro: Distro;
  readonly allowLoopback: boolean;
}

/**
 * Reads a plugin and what it says of itself. Nothing is fetched for it, and nothing kept.
 * @throws CubicError "file-not-found", "network", "plugin-failed".
 */
export async function readCandidate(
  app: Pick<App, "host">,
  request: CandidateRequest,
  operation: Operation,
): Promise<Candidate> {
  const found = await readSource(app, request, operation);
  const distro = await loadPlugin(found.file);
  requireReachable(distro, request.allowLoopback);
  return { ...found, distro, allowLoopback: request.allowLoopback };
}

/** The contract's part of a distro that is data. */
export function factsOf(
  { contract, name, title, aliases, baseUrl, hosts, guest }: Distro,
): DistroFacts {
  return { contract, name, title, ...(aliases && { aliases }), baseUrl, hosts, guest };
}

/**
 * Refuses a distro that takes a name somebody has.
 * @throws CubicError "distro-exists"
 */
export function requireOwnNames(distro: DistroFacts, others: readonly KnownDistro[]): void {
  const wanted = [distro.name, ...distro.aliases ?? []];
  for (const other of others) {
    const taken = [other.name, ...other.aliases ?? []].find((name) => wanted.includes(name));
    if (taken === undefined) continue;
    const whose = other.added
      ? `the added distribution "${other.name}"`
      : `the built-in ${other.title}`;
    throw new CubicError(
      "distro-exists",
      `Cannot add "${distro.name}": ${whose} is called "${taken}"`,
      {
        hint: other.added
          ? `\`cubic distro update ${other.name}\` reads it anew, \`cubic distro remove ${other.name}\` forgets it.`
          : `Give it another ${taken === distro.name ? "name" : "alias"} in its file.`,
      },
    );
  }
}

function requireReachable({ name, baseUrl }: Distro, allowLoopback: boolean): void {
  const url = new URL(baseUrl);
  if (url.protocol === "https:") return;
  if (isLoopback(url) && allowLoopback) return;
  throw new CubicError("plugin-failed", `Cannot add "${name}": ${baseUrl} is not https`, {
    hint: isLoopback(url)
      ? "Add --allow-loopback to let it fetch from this machine."
      : "Images and their checksums come over https.",
  });
}
