/** Asking the servers that images come from whether they are there, and what time it is. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";

/** What came of asking a server. */
export interface Answer {
  readonly distro: string;
  readonly url: string;
  /** True when the URL is a mirror that the user has set. */
  readonly mirror: boolean;
  /** The HTTP status; undefined when there was no answer. */
  readonly status?: number;
  /** Why there was none. */
  readonly failure?: { readonly text: string; readonly hint?: string };
  /** Milliseconds that the server's clock is ahead of this host's. */
  readonly ahead?: number;
}

/** A server that takes longer would make every `create` slow. */
const DEADLINE_MS = 5000;

/** The distribution that is asked when the settings name none. */
const DEFAULT_DISTRO = "debian";

/** Asks all at once; ends within seconds. */
export async function askServers(app: App, signal: AbortSignal): Promise<readonly Answer[]> {
  return await Promise.all(targets(app).map((target) => ask(app, target, signal)));
}

function targets({ config, distros }: App): Pick<Answer, "distro" | "url" | "mirror">[] {
  const set = Object.entries(config.mirror).map(([distro, url]) => ({ distro, url, mirror: true }));
  const [word] = (config.image ?? DEFAULT_DISTRO).split(":");
  const usual = distros.find(({ name, aliases = [] }) => [name, ...aliases].includes(word ?? ""));
  // The server of a stranger's plugin is asked when an image of it is wanted, not before.
  if (!usual || usual.added || config.mirror[usual.name] !== undefined) return set;
  return [...set, { distro: usual.name, url: usual.baseUrl, mirror: false }];
}

async function ask(
  { host }: App,
  target: Pick<Answer, "distro" | "url" | "mirror">,
  signal: AbortSignal,
): Promise<Answer> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const began = host.now();
    const { status, headers, body } = await host.fetch(`${target.url}/`, {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.any([signal, deadline]),
    });
    await body?.cancel();
    const ahead = aheadBy(headers, (began + host.now()) / 2);
    return { ...target, status, ...(ahead !== undefined && { ahead }) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const late = `no answer in ${DEADLINE_MS / 1000} s`;
    const hint = isCubicError(error) ? error.hint : undefined;
    return {
      ...target,
      failure: { text: deadline.aborted ? late : text, ...(hint !== undefined && { hint }) },
    };
  }
}

/** What comes out of a cache was dated when it went in (RFC 9111, section 5.1). Pure. */
export function aheadBy(headers: Headers, now: number): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  const age = Number(headers.get("age") ?? 0);
  return Number.isNaN(date) || Number.isNaN(age) ? undefined : date + age * 1000 - now;
}
