/** A loopback server with releases of cubic, for what installs and upgrades: it can lie in all the usual ways. */
import { createHash } from "node:crypto";

/** What a file holds. */
export type Content = string | Uint8Array<ArrayBuffer>;

/** A running server. Files are set by path, such as "latest/download/SHA256SUMS". */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string;
  /** What each path answers; a path that is not there is a 404. */
  readonly files: Map<string, Content>;
  /** Paths whose connection is closed after half of the content. */
  readonly cut: Set<string>;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Publishes a version: programs by the end of their name, such as "linux-x86_64". */
  publish(version: string, programs: Readonly<Record<string, Content>>): void;
}

/** What an error page of a proxy looks like. */
export const HTML = "<!DOCTYPE html><html><body>Please log in</body></html>\n";

/** A stand-in for the program: a shell script that knows its version. */
export function standIn(version: string): string {
  return `#!/bin/sh\ncase $1 in\ncompletions) echo "completions for $2" ;;\n*) echo "cubic ${version}" ;;\nesac\n` +
    "# padding\n".repeat(5000);
}

/** Starts one with nothing in it. */
export function serveReleases(): ReleaseServer {
  const files = new Map<string, Content>();
  const cut = new Set<string>();
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const path = new URL(request.url).pathname.slice(1);
    asked.push(path);
    const content = files.get(path);
    if (content === undefined) return new Response(HTML, { status: 404 });
    return cut.has(path) ? half(content) : new Response(content);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    files,
    cut,
    asked,
    publish(version, programs): void {
      const lines = Object.entries(programs).map(([system, content]) => {
        const name = `cubic-${version}-${system}`;
        files.set(`download/v${version}/${name}`, content);
        return `${createHash("sha256").update(content).digest("hex")}  ${name}\n`;
      });
      files.set(`download/v${version}/SHA256SUMS`, lines.join(""));
      files.set("latest/download/SHA256SUMS", lines.join(""));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Says how much comes, and breaks off after half of it. */
function half(content: Content): Response {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const body = new Blob([bytes.subarray(0, bytes.length / 2)]).stream();
  return new Response(body, { headers: { "content-length": String(bytes.length) } });
}
