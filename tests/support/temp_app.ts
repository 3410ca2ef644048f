/** An App on the real machine with a home of its own: no distributions, default settings. */
import type { App } from "../../core/app.ts";
import { DEFAULT_CONFIG } from "../../core/config.ts";
import { type Host, realHost } from "../../core/host.ts";
import { resolvePaths } from "../../core/paths.ts";
import type { Operation, Progress } from "../../core/progress.ts";
import { makeTempDir } from "./temp_dir.ts";

/** The App, and its end. */
export interface TempApp extends AsyncDisposable {
  readonly app: App;
  readonly home: string;
}

/** Makes one; `host` replaces parts of the real machine. */
export async function makeTempApp(host: Partial<Host> = {}): Promise<TempApp> {
  const dir = await makeTempDir({ short: true });
  const where: Readonly<Record<string, string>> = {
    CUBIC_HOME: dir.path,
    TMPDIR: `${dir.path}/run`,
  };
  const real = realHost();
  const env = (name: string): string | undefined => where[name] ?? real.env(name);
  const all = { ...real, env, ...host };
  return {
    app: { host: all, paths: resolvePaths(all, Deno.uid()), config: DEFAULT_CONFIG, distros: [] },
    home: dir.path,
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** An operation that nobody aborts, and what it reported. */
export function makeOperation(): { readonly operation: Operation; readonly events: Progress[] } {
  const events: Progress[] = [];
  const report = (event: Progress): void => void events.push(event);
  return { operation: { signal: new AbortController().signal, report }, events };
}
