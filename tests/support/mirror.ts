/** A loopback server with the layout of Debian's image mirror. */
import { basename } from "node:path";
import { digestFile } from "../../core/images/digest.ts";
import type { Arch } from "../../core/host.ts";

/** A running mirror. */
export interface DebianMirror extends AsyncDisposable {
  /** What `[mirror] debian` is set to. */
  readonly url: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
}

/** Serves an image as bookworm's latest, with its SHA512SUMS, under Debian's own paths. */
export async function serveDebianImage(image: string, arch: Arch): Promise<DebianMirror> {
  const name = `debian-12-genericcloud-${arch}.qcow2`;
  const sums = [
    `${await digestFile(image, "sha512")}  ${name}`,
    // The real list names other flavours too; they must not be confused.
    `${"0".repeat(128)}  debian-12-generic-${arch}.qcow2`,
  ].join("\n") + "\n";
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      requests.push(pathname);
      if (!pathname.startsWith("/images/cloud/bookworm/latest/")) return notFound();
      if (basename(pathname) === "SHA512SUMS") return new Response(sums);
      if (basename(pathname) !== name) return notFound();
      const file = await Deno.open(image);
      const { size } = await file.stat();
      return new Response(file.readable, { headers: { "content-length": String(size) } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/images/cloud`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function notFound(): Response {
  return new Response("no such file", { status: 404 });
}
