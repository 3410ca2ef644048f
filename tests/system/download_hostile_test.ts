/**
 * Downloads from servers that cut, lie and stall, and with partial files that are not what they should be. In each case: a
 * wrong file is never accepted, what can be continued is kept, every wait ends, and the next try from a server that has
 * come to its senses works.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type ErrorCode, isCubicError } from "../../core/errors.ts";
import { realHost } from "../../core/host.ts";
import { type Download, download, type Patience } from "../../core/images/download.ts";
import { type Behaviour, honest, type Line, serveHostile } from "../support/hostile_server.ts";
import { recorded } from "../support/images.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const BODY = randomBytes(100_000);
const OTHER = randomBytes(100_000);
const TENTH = BODY.length / 10;
const ETAG = '"one"';
const DATE = "Mon, 01 Jun 2026 10:00:00 GMT";
const FILE = { body: BODY, etag: ETAG };
const HASTY: Patience = { stallMs: 200, attempts: 3, backoffMs: 5, minimumRate: 1000 };
/** Far more than any case takes; without an end of its own a wait would be longer. */
const TOO_LONG_MS = 20_000;

interface Case {
  readonly name: string;
  readonly server: Behaviour;
  /** How the first try ends; with the right file unless it says otherwise. */
  readonly ends?: ErrorCode;
  /** What is there before the first try: the file's first bytes, unless `prepare` does it. */
  readonly had?: number;
  readonly prepare?: (partial: string) => Promise<void>;
  /** Bytes that the next try may not fetch again. */
  readonly kept?: number;
  /** Requests of the first try at most. */
  readonly requests?: number;
  readonly request?: Partial<Download>;
  readonly patience?: Partial<Patience>;
  readonly reset?: boolean;
}

const whole = { etag: ETAG, "content-length": BODY.length };
const page = "<html><body>Not found</body></html>".padEnd(3000);

/** Sends that many bytes of the answer and ends the connection. */
const cutAfter = (count: number): Behaviour =>
  honest(FILE, (line, bytes) => line.send(bytes.subarray(0, count)));

/** Lies about ranges, and is honest about the whole, or what else is told. */
const rangesAre = (lie: Behaviour, whole = honest(FILE)): Behaviour => (asked, line) =>
  asked.range ? lie(asked, line) : whole(asked, line);

const status = (code: number, headers: Record<string, string> = {}): Behaviour => (_, line) =>
  line.head(code, { ...headers, "content-length": 0 });

const chunk = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array([
    ...new TextEncoder().encode(`${bytes.length.toString(16)}\r\n`),
    ...bytes,
    13,
    10,
  ]);

const forever = async (line: Line): Promise<void> => {
  while (true) await line.send(OTHER);
};

const CASES: readonly Case[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenths): Case => ({
    name: `the connection is cut after ${tenths} tenths, for ever`,
    server: cutAfter(tenths * TENTH),
    patience: { attempts: 30 },
  })),
  {
    name: "the connection is cut again and again before anything new comes",
    had: 3 * TENTH,
    server: cutAfter(0),
    ends: "network",
    kept: 3 * TENTH,
    requests: 3,
  },
  {
    name: "the length is announced too long",
    server: async (_, line) => {
      await line.head(200, { etag: ETAG, "content-length": BODY.length + 5000 });
      await line.send(BODY);
    },
    ends: "network",
    kept: BODY.length,
  },
  {
    name: "the length is announced too short",
    server: async (_, line) => {
      await line.head(200, { etag: ETAG, "content-length": 5 * TENTH });
      await line.send(BODY);
    },
    ends: "image-corrupt",
  },
  {
    name: "the length is not the one of the vendor's index",
    had: 3 * TENTH,
    request: { size: BODY.length },
    server: (_, line) => line.head(200, { etag: '"two"', "content-length": 5 * TENTH }),
    ends: "image-corrupt",
    kept: 3 * TENTH,
    requests: 1,
  },
  {
    name: "the digest is wrong",
    server: honest({ body: OTHER, etag: ETAG }),
    ends: "image-corrupt",
    requests: 1,
  },
  {
    name: "all of the file instead of the part",
    had: 3 * TENTH,
    server: async (_, line) => {
      await line.head(200, whole);
      await line.send(BODY);
    },
    requests: 1,
  },
  {
    name: "all of the file instead of the part, cut before anything new comes",
    had: 3 * TENTH,
    server: async (_, line) => {
      await line.head(200, whole);
      await line.send(BODY.subarray(0, 2 * TENTH));
    },
    ends: "network",
    kept: 3 * TENTH,
  },
  {
    name: "the file was another one when the part came",
    prepare: (partial) => leave(partial, OTHER.subarray(0, 3 * TENTH), '"zero"'),
    server: honest(FILE),
    requests: 1,
  },
  {
    name: "a part with another ETag",
    had: 3 * TENTH,
    server: rangesAre(async ({ range }, line) => {
      await line.head(206, {
        etag: '"two"',
        "content-range": `bytes ${range?.start}-${BODY.length - 1}/${BODY.length}`,
      });
      await line.send(OTHER.subarray(range?.start));
    }),
    kept: BODY.length,
  },
  {
    name: "a part with another date",
    prepare: (partial) => leave(partial, BODY.subarray(0, 3 * TENTH), DATE),
    server: async (asked, line) => {
      const lastModified = asked.range ? "Tue, 02 Jun 2026 10:00:00 GMT" : DATE;
      const headers = { "last-modified": lastModified };
      if (!asked.range) return await honest({ body: BODY, lastModified })(asked, line);
      await line.head(206, {
        ...headers,
        "content-range": `bytes ${asked.range.start}-${BODY.length - 1}/${BODY.length}`,
      });
      await line.send(OTHER.subarray(asked.range.start));
    },
  },
  {
    name: "the date alone tells the version, and the line is cut",
    server: async (asked, line) => {
      const file = { body: BODY, lastModified: DATE };
      await honest(file, (line, bytes) => line.send(bytes.subarray(0, 6 * TENTH)))(asked, line);
    },
  },
  {
    name: "a weak ETag, and the line is cut",
    server: async (asked, line) => {
      assert.equal(asked.range, undefined);
      const cut = asked.count === 1 ? 4 * TENTH : BODY.length;
      await line.head(200, { etag: 'W/"one"', "content-length": BODY.length });
      await line.send(BODY.subarray(0, cut));
    },
    requests: 2,
  },
  {
    name: "an error page as the image",
    server: async (_, line) => {
      await line.head(200, { "content-length": page.length });
      await line.send(page);
    },
    ends: "image-corrupt",
  },
  {
    name: "a web page instead of the rest, as hotels send it",
    had: 3 * TENTH,
    server: async (_, line) => {
      await line.head(200, { "content-type": "text/html", "content-length": page.length });
      await line.send(page);
    },
    ends: "network",
    kept: 3 * TENTH,
    requests: 1,
  },
  { name: "403", had: TENTH, server: status(403), ends: "network", kept: TENTH, requests: 1 },
  {
    name: "404",
    had: TENTH,
    server: status(404),
    ends: "image-not-found",
    kept: TENTH,
    requests: 1,
  },
  { name: "500", had: TENTH, server: status(500), ends: "network", kept: TENTH, requests: 3 },
  { name: "503", had: TENTH, server: status(503), ends: "network", kept: TENTH, requests: 3 },
  { name: "429", had: TENTH, server: status(429), ends: "network", kept: TENTH, requests: 3 },
  {
    name: "an endless body of which the first bytes are the file",
    request: { size: BODY.length },
    server: async (_, line) => {
      await line.head(200, { etag: ETAG });
      await line.send(BODY);
      await forever(line);
    },
  },
  {
    name: "an endless body of something else, the length known from the index",
    request: { size: BODY.length },
    server: async (_, line) => {
      await line.head(200, { etag: ETAG });
      await forever(line);
    },
    ends: "image-corrupt",
  },
  {
    name: "an endless body, the length not known",
    patience: { longest: 2_000_000 },
    server: async (_, line) => {
      await line.head(200, { etag: ETAG });
      await forever(line);
    },
    ends: "image-corrupt",
    requests: 1,
  },
  {
    name: "an endless body that was announced with a length",
    server: async (_, line) => {
      await line.head(200, whole);
      await line.send(BODY);
      await forever(line);
    },
  },
  {
    name: "an endless body in chunks",
    patience: { longest: 2_000_000 },
    server: async (_, line) => {
      await line.head(200, { "transfer-encoding": "chunked" });
      const one = chunk(OTHER);
      while (true) await line.send(one);
    },
    ends: "image-corrupt",
    requests: 1,
  },
  {
    name: "the file in chunks without a length",
    server: async (_, line) => {
      await line.head(200, { "transfer-encoding": "chunked" });
      await line.send(chunk(BODY.subarray(0, TENTH)));
      await line.send(chunk(BODY.subarray(TENTH)));
      await line.send("0\r\n\r\n");
    },
    requests: 1,
  },
  {
    name: "chunks that break off",
    server: async (asked, line) => {
      if (asked.range) return await honest(FILE)(asked, line);
      await line.head(200, { etag: ETAG, "transfer-encoding": "chunked" });
      await line.send(chunk(BODY.subarray(0, 4 * TENTH)));
    },
    requests: 2,
  },
  {
    name: "no length, and a cut that looks like the end",
    server: async (asked, line) => {
      if (asked.range) return await honest(FILE)(asked, line);
      await line.head(200, { etag: ETAG });
      await line.send(BODY.subarray(0, 4 * TENTH));
    },
    requests: 2,
  },
  {
    name: "no length, and always the same cut",
    server: async (_, line) => {
      await line.head(200, { etag: ETAG });
      await line.send(BODY.subarray(0, 4 * TENTH));
    },
    ends: "image-corrupt",
  },
  {
    name: "silence after the half",
    server: honest(FILE, async (line, bytes) => {
      await line.send(bytes.subarray(0, Math.max(5 * TENTH - (BODY.length - bytes.length), 0)));
      await line.silence();
    }),
    ends: "network",
    kept: 5 * TENTH,
  },
  {
    name: "silence before the head",
    had: 3 * TENTH,
    server: (_, line) => line.silence(),
    ends: "network",
    kept: 3 * TENTH,
    requests: 3,
  },
  {
    name: "a byte every now and then",
    had: 3 * TENTH,
    server: honest(FILE, async (line, bytes) => {
      for (const byte of bytes) {
        await line.send(new Uint8Array([byte]));
        await line.pause(20);
      }
    }),
    ends: "network",
    kept: 3 * TENTH,
    requests: 3,
  },
  {
    name: "a head that comes byte by byte",
    server: async (_, line) => {
      await line.send("HTTP/1.1 200 OK\r\nx: ");
      while (true) {
        await line.send("x");
        await line.pause(20);
      }
    },
    ends: "network",
    requests: 3,
  },
  {
    name: "a head without end",
    server: async (_, line) => {
      await line.send("HTTP/1.1 200 OK\r\n");
      while (true) await line.send(`x: ${"y".repeat(1000)}\r\n`);
    },
    ends: "network",
    requests: 3,
  },
  {
    name: "a redirect to itself",
    had: 3 * TENTH,
    server: status(302, { location: "/image.qcow2" }),
    ends: "network",
    kept: 3 * TENTH,
    requests: 25,
  },
  {
    name: "the file compressed on the way",
    server: async (_, line) => {
      const body = gzipSync(BODY);
      await line.head(200, { "content-encoding": "gzip", "content-length": body.length });
      await line.send(body);
    },
    ends: "image-corrupt",
  },
  {
    name: "the file as it is, called compressed",
    server: async (_, line) => {
      await line.head(200, { ...whole, "content-encoding": "gzip" });
      await line.send(BODY);
    },
    requests: 1,
  },
  {
    name: "a bomb of compressed zeros",
    request: { size: BODY.length },
    server: async (_, line) => {
      const body = gzipSync(new Uint8Array(50_000_000));
      await line.head(200, { "content-encoding": "gzip", "content-length": body.length });
      await line.send(body);
    },
    ends: "image-corrupt",
  },
  {
    name: "a part from another place",
    had: 3 * TENTH,
    server: rangesAre(async (_, line) => {
      await line.head(206, { etag: ETAG, "content-range": `bytes 0-99999/100000` });
      await line.send(BODY);
    }),
    requests: 2,
  },
  {
    name: "a part from another place, and too little of the whole",
    had: 3 * TENTH,
    server: rangesAre(async (_, line) => {
      await line.head(206, { etag: ETAG, "content-range": `bytes 0-99999/100000` });
      await line.send(BODY);
    }, cutAfter(2 * TENTH)),
    ends: "network",
    kept: 3 * TENTH,
  },
  {
    name: "a part without its place",
    had: 3 * TENTH,
    server: rangesAre(async (_, line) => {
      await line.head(206, { etag: ETAG });
      await line.send(BODY.subarray(3 * TENTH));
    }),
    requests: 2,
  },
  {
    name: "a part of a file of another length",
    prepare: (partial) => leave(partial, BODY.subarray(0, 3 * TENTH), `${ETAG}\n${BODY.length}`),
    server: rangesAre(async (_, line) => {
      await line.head(206, { etag: ETAG, "content-range": `bytes 30000-199999/200000` });
      await line.send(OTHER);
    }),
    requests: 2,
  },
  {
    name: "a part that was never asked for",
    server: async (_, line) => {
      await line.head(206, { etag: ETAG, "content-range": `bytes 0-99999/100000` });
      await line.send(OTHER);
    },
    ends: "network",
    requests: 3,
  },
  {
    name: "parts that are shorter than asked for",
    had: TENTH,
    server: rangesAre(async ({ range }, line) => {
      const start = range?.start ?? 0;
      const end = Math.min(start + 2 * TENTH, BODY.length);
      await line.head(206, { etag: ETAG, "content-range": `bytes ${start}-${end - 1}/100000` });
      await line.send(BODY.subarray(start, end));
    }),
  },
  {
    name: "several parts in one body",
    had: 3 * TENTH,
    server: rangesAre(async (_, line) => {
      await line.head(206, { etag: ETAG, "content-type": "multipart/byteranges; boundary=x" });
      await line.send("--x\r\ncontent-range: bytes 30000-99999/100000\r\n\r\n");
      await line.send(BODY.subarray(3 * TENTH));
      await line.send("\r\n--x--\r\n");
    }),
    requests: 2,
  },
  {
    name: "416 for a file that has more",
    had: 3 * TENTH,
    server: rangesAre((_, line) => line.head(416, { "content-range": "bytes */30000" })),
    requests: 2,
  },
  {
    name: "416 for a file that has more, and too little of the whole",
    had: 3 * TENTH,
    server: rangesAre(
      (_, line) => line.head(416, { "content-range": "bytes */30000" }),
      cutAfter(2 * TENTH),
    ),
    ends: "network",
    kept: 3 * TENTH,
  },
  {
    name: "416 whatever is asked",
    had: 3 * TENTH,
    server: status(416),
    ends: "network",
    kept: 3 * TENTH,
    requests: 3,
  },
  {
    name: "a head and no body",
    server: (_, line) => line.head(200, whole),
    ends: "network",
    requests: 3,
  },
  {
    name: "a reset after the half",
    reset: true,
    server: async (_, line) => {
      await line.head(200, whole);
      await line.send(BODY.subarray(0, 5 * TENTH));
      await line.pause(50);
    },
    ends: "network",
    kept: 5 * TENTH,
  },
  {
    name: "a reset at once",
    reset: true,
    server: () => Promise.resolve(),
    ends: "network",
    requests: 3,
  },
  { name: "something that is no HTTP", server: (_, line) => line.send(OTHER), ends: "network" },
  { name: "nothing at all", server: () => Promise.resolve(), ends: "network" },
  {
    name: "a partial that is longer than the file",
    prepare: (partial) => leave(partial, new Uint8Array([...BODY, ...OTHER]), ETAG),
    server: honest(FILE),
  },
  {
    name: "a partial that is longer than the file, which the index tells",
    prepare: (partial) => leave(partial, new Uint8Array([...BODY, ...OTHER]), ETAG),
    request: { size: BODY.length },
    server: honest(FILE),
    requests: 1,
  },
  {
    name: "a partial of another file under the same ETag",
    prepare: (partial) => leave(partial, OTHER.subarray(0, 3 * TENTH), ETAG),
    server: honest(FILE),
    requests: 2,
  },
  {
    name: "a partial that is whole and has lost its validator",
    prepare: (partial) => Deno.writeFile(partial, BODY),
    request: { size: BODY.length },
    server: status(500),
    requests: 0,
  },
  {
    name: "a directory where the partial belongs",
    prepare: (partial) => Deno.mkdir(join(partial, "x"), { recursive: true }),
    server: honest(FILE),
  },
  {
    name: "a link where the partial belongs",
    prepare: async (partial) => {
      await Deno.writeTextFile(`${partial}.precious`, "precious");
      await Deno.symlink(`${partial}.precious`, partial);
      await Deno.writeTextFile(`${partial}.validator`, ETAG);
    },
    server: honest(FILE),
  },
  {
    name: "a map that is garbage",
    prepare: async (partial) => {
      await leave(partial, BODY.subarray(0, 5 * TENTH), ETAG);
      await Deno.writeFile(`${partial}.map`, OTHER);
    },
    server: honest(FILE),
  },
  {
    name: "a map that lies",
    prepare: async (partial) => {
      await leave(partial, new Uint8Array(BODY.length), ETAG);
      await Deno.writeTextFile(`${partial}.map`, "0 70000\n90000 95000\n");
    },
    server: honest(FILE),
  },
  {
    name: "a map that ends in the middle of a line",
    prepare: async (partial) => {
      await leave(partial, BODY.subarray(0, 6 * TENTH), ETAG);
      await Deno.writeTextFile(`${partial}.map`, "0 20000\n50000 60000\n20000 500");
    },
    server: honest(FILE),
    requests: 2,
  },
  {
    name: "a map that promises more than the file has",
    prepare: async (partial) => {
      await leave(partial, BODY.subarray(0, 3 * TENTH), ETAG);
      await Deno.writeTextFile(`${partial}.map`, "0 99999999\n");
    },
    server: honest(FILE),
    requests: 1,
  },
];

/** Leaves a partial as an earlier try would. */
async function leave(partial: string, bytes: Uint8Array, validator: string): Promise<void> {
  await Deno.writeFile(partial, bytes);
  await Deno.writeTextFile(`${partial}.validator`, validator);
}

/** A limit of our own: a test that hangs must fail with its name. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TOO_LONG_MS);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

for (const { name, server: behaviour, ends, kept = 0, ...more } of CASES) {
  Deno.test(`hostile: ${name}`, async () => {
    await using dir = await makeTempDir();
    await using server = serveHostile(behaviour, { reset: more.reset ?? false });
    const partial = join(dir.path, "part");
    if (more.had !== undefined) await leave(partial, BODY.subarray(0, more.had), ETAG);
    await more.prepare?.(partial);
    const digest = createHash("sha256").update(BODY).digest("hex");
    const request: Download = {
      url: server.url,
      checksum: { algorithm: "sha256", digest },
      label: "image",
      partial,
      ...more.request,
    };
    const patience = { ...HASTY, ...more.patience };
    const run = (): Promise<void> =>
      inTime((signal) => download(realHost(), request, recorded(signal), patience));

    if (ends === undefined) await run();
    else {
      await assert.rejects(run(), (error) => {
        assert(isCubicError(error, ends), `${String(error)}, ${(error as { code?: string }).code}`);
        return true;
      });
    }
    const { requests = Infinity } = more;
    assert(server.asked.length <= requests, `${server.asked.length} requests`);
    if (ends === undefined) await assertRight(partial);

    let sent = 0;
    server.become(honest(FILE, async (line, bytes) => {
      await line.send(bytes);
      sent += bytes.length;
    }));
    await run();
    await assertRight(partial);
    if (ends !== undefined) assert(sent <= BODY.length - kept, `${sent} bytes fetched again`);
    const precious = await Deno.readTextFile(`${partial}.precious`).catch(() => "precious");
    assert.equal(precious, "precious");
  });
}

async function assertRight(partial: string): Promise<void> {
  assert((await Deno.lstat(partial)).isFile);
  assert.equal(Buffer.compare(await Deno.readFile(partial), BODY), 0);
  for (const sidecar of ["validator", "map"]) {
    await assert.rejects(Deno.lstat(`${partial}.${sidecar}`), Deno.errors.NotFound);
  }
}
