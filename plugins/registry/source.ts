/** Reading a plugin from where the user says it is: a path, or an https URL. */
import { resolve } from "node:path";
import type { App } from "../../core/app.ts";
import { CubicError, describeFailure, interrupted, isCubicError } from "../../core/errors.ts";
import { isLoopback } from "../../core/images/hosts.ts";
import type { Operation } from "../../core/progress.ts";
import { MAX_PLUGIN_SIZE, pluginFile } from "../load.ts";
import type { PluginFile } from "../plugin.ts";
import { digestOf } from "./pinned.ts";

const MAX_REDIRECTS = 5;
/** Milliseconds a server may take. */
const TIMEOUT = 30_000;

/** A plugin's file and where it came from. */
export interface SourceFile {
  readonly file: PluginFile;
  /** Its bytes as they came: they are what is pinned. */
  readonly bytes: Uint8Array;
  /** The SHA-256 of the bytes. */
  readonly digest: string;
  /** The absolute path or the URL. */
  readonly source: string;
}

/**
 * Reads a plugin's file.
 * @throws CubicError "file-not-found", "network", "plugin-failed" when it is no plugin, "invalid-value".
 */
export async function readSource(
  app: Pick<App, "host">,
  { source, allowLoopback }: { readonly source: string; readonly allowLoopback: boolean },
  { signal, report }: Operation,
): Promise<SourceFile> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) {
    const path = resolve(source);
    const bytes = await readPath(path);
    return { file: pluginFile(path, bytes), bytes, digest: digestOf(bytes), source: path };
  }
  const url = requireSafe(source, source, allowLoopback);
  report({ kind: "step", text: `Fetching ${source}` });
  const bytes = await fetchPlugin(app, url, allowLoopback, signal);
  return {
    file: pluginFile(url.pathname, bytes),
    bytes,
    digest: digestOf(bytes),
    source: url.href,
  };
}

async function readPath(path: string): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_PLUGIN_SIZE) {
      throw new CubicError("plugin-failed", `Cannot read the plugin ${path}: it is no small file`, {
        hint: "A plugin is one file of 256 K at most.",
      });
    }
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CubicError("file-not-found", `Cannot find the plugin ${path}`, {
        hint: "Give the path or the https URL of a .ts, .js, .toml or .yaml file.",
      });
    }
    throw describeFailure(`read the plugin ${path}`, error);
  }
}

async function fetchPlugin(
  { host }: Pick<App, "host">,
  asked: URL,
  allowLoopback: boolean,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(TIMEOUT);
  const either = AbortSignal.any([signal, timeout]);
  try {
    let url = asked;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await host.fetch(url, { signal: either, redirect: "manual" });
      const location = response.status >= 300 && response.status < 400 &&
        response.headers.get("location");
      if (!location) return await readBody(asked, response);
      await response.body?.cancel();
      url = requireSafe(URL.parse(location, url)?.href ?? location, asked.href, allowLoopback);
    }
    throw failed(asked.href, "it is redirected too often");
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (isCubicError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw failed(asked.href, timeout.aborted ? `no answer in ${TIMEOUT / 1000} s` : why, error);
  }
}

async function readBody(url: URL, response: Response): Promise<Uint8Array> {
  if (!response.ok) {
    await response.body?.cancel();
    throw failed(url.href, `the server answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_PLUGIN_SIZE) throw failed(url.href, "it is larger than 256 K");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** A URL, asked for or redirected to, that is as safe as https; a secret in it would end up in the registry. */
function requireSafe(text: string, asked: string, allowLoopback: boolean): URL {
  const url = URL.parse(text);
  if (!url) throw new CubicError("invalid-value", `Cannot read "${text}" as a URL`);
  if (url.username + url.password !== "") {
    throw failed(url.host, "its URL holds a name or a password");
  }
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && isLoopback(url)) {
    if (allowLoopback) return url;
    throw failed(
      asked,
      "plain http to this machine has to be allowed",
      undefined,
      "Add --allow-loopback.",
    );
  }
  throw failed(
    asked,
    text === asked ? "only https is safe" : `it is redirected to ${url.protocol}//`,
  );
}

function failed(url: string, why: string, cause?: unknown, hint?: string): CubicError {
  return new CubicError("network", `Cannot fetch the plugin ${url}: ${why}`, {
    hint: hint ?? "Give a path, or an https URL that can be reached.",
    cause,
  });
}
