/** A distribution of two releases: the image of the first one comes at once, that of the second one never ends. */
import { createHash } from "node:crypto";
import { realHost } from "../../core/host.ts";
import { qcow2Bytes } from "./images.ts";

const IMAGE = qcow2Bytes();

/** The vendor's server. */
export interface SlowVendor extends AsyncDisposable {
  readonly url: string;
  /** The names of the files that were asked for. */
  readonly asked: string[];
}

/** The text of its plugin. */
export function vendorPlugin(url: string): string {
  return `import { checksumOf } from "cubic:kit";
import type { Distro } from "cubic:contract";

export default {
  contract: 1,
  name: "homebrew",
  title: "Home-brewed Linux",
  baseUrl: "${url}",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 * 1024 },
  releases: async () => ["2", "1"].map((version) => ({ version, arches: ["${realHost().arch}"] })),
  async image(ctx, { release, arch }) {
    const file = "homebrew-" + release.version + "-" + arch + ".qcow2";
    const checksum = checksumOf(await ctx.fetchText(ctx.baseUrl + "/SHA256SUMS"), file);
    return { url: ctx.baseUrl + "/" + file, format: "qcow2", checksum };
  },
} satisfies Distro;
`;
}

/** Starts it. */
export function serveSlowVendor(): SlowVendor {
  const asked: string[] = [];
  const end = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: end.signal },
    (request) => {
      const name = new URL(request.url).pathname.slice(1);
      asked.push(name);
      if (name === "SHA256SUMS") return new Response(sums());
      return name.includes("-1-") ? new Response(IMAGE) : new Response(endless());
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      end.abort();
      await server.finished;
    },
  };
}

/** Of the second one, too, which is not in the store so. */
function sums(): string {
  const lines = ["1", "2"].map((version) => {
    const digest = createHash("sha256").update(version === "1" ? IMAGE : version).digest("hex");
    return `${digest}  homebrew-${version}-${realHost().arch}.qcow2\n`;
  });
  return lines.join("");
}

/** A few bytes, and no more. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(IMAGE.subarray(0, 100)) });
}
