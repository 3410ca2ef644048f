/**
 * An HTTP server that does to the letter what a test tells it, down to the single byte: it cuts, lies, stalls and sends
 * what is no HTTP. One request a connection.
 */

/** One request as it came. */
export interface Asked {
  /** 1 for the first request since the behaviour was set. */
  readonly count: number;
  readonly headers: Headers;
  /** The range that was asked for; `end` is the byte after the last one. */
  readonly range: { readonly start: number; readonly end: number | undefined } | undefined;
}

/** The way back to the client. */
export interface Line {
  /** Sends text or bytes; throws once the client has gone away. */
  send(content: string | Uint8Array): Promise<void>;
  /** Sends a status line and headers. */
  head(status: number, headers?: Readonly<Record<string, string | number>>): Promise<void>;
  /** Stays silent until the server is told to end. */
  silence(): Promise<void>;
  /** Waits; returns at once when the server is told to end. */
  pause(ms: number): Promise<void>;
}

/** What the server does with a request; the connection is closed after it. */
export type Behaviour = (asked: Asked, line: Line) => Promise<void>;

/** A running server. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked since the behaviour was set. */
  readonly asked: readonly Asked[];
  /** Connections that are open at this moment. */
  readonly open: number;
  /** Changes what it does, and begins to count anew. */
  become(behaviour: Behaviour): void;
}

/** Starts one. With `reset` it leaves requests half unread, so that closing a connection resets it. */
export function serveHostile(
  behaviour: Behaviour,
  options: { readonly reset?: boolean } = {},
): HostileServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const end = new AbortController();
  const running = new Set<Promise<void>>();
  let asked: Asked[] = [];
  let current = behaviour;
  let reset = options.reset ?? false;

  const serve = async (connection: Deno.Conn): Promise<void> => {
    using _connection = connection;
    const close = (): void => {
      try {
        connection.close();
      } catch {
        // Closed already.
      }
    };
    try {
      const text = await readHead(connection, reset ? 8 : Infinity);
      const headers = parseHeaders(text);
      const request = { count: asked.length + 1, headers, range: parseRange(headers) };
      asked.push(request);
      await current(request, lineOf(connection, end.signal));
    } catch {
      // The client has gone away, or the behaviour wanted it so.
    }
    close();
  };
  const accepting = (async () => {
    for await (const connection of listener) {
      const one = serve(connection).catch(() => {}).finally(() => running.delete(one));
      running.add(one);
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/image.qcow2`,
    get asked() {
      return asked;
    },
    get open() {
      return running.size;
    },
    become(next) {
      current = next;
      asked = [];
      reset = false;
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      listener.close();
      await accepting;
      await Promise.all(running);
    },
  };
}

/** A file as an honest server has it. */
export interface ServedFile {
  readonly body: Uint8Array;
  /** Both as they stand in the header; none when undefined. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** Serves a file as RFC 9110 says, ranges and all; `send` decides how the bytes go out. */
export function honest(
  file: ServedFile,
  send: (line: Line, bytes: Uint8Array) => Promise<void> = (line, bytes) => line.send(bytes),
): Behaviour {
  const { body } = file;
  const validators = validatorsOf(file);
  return async ({ headers, range }, line) => {
    const condition = headers.get("if-range");
    const fits = condition === null || Object.values(validators).includes(condition);
    if (!range || !fits) {
      await line.head(200, {
        ...validators,
        "accept-ranges": "bytes",
        "content-length": body.length,
      });
      return await send(line, body);
    }
    if (range.start >= body.length) {
      return await line.head(416, {
        "content-range": `bytes */${body.length}`,
        "content-length": 0,
      });
    }
    const end = Math.min(range.end ?? body.length, body.length);
    await line.head(206, {
      ...validators,
      "content-range": `bytes ${range.start}-${end - 1}/${body.length}`,
      "content-length": end - range.start,
    });
    await send(line, body.subarray(range.start, end));
  };
}

/** The headers that tell which version of a file this is. */
export function validatorsOf({ etag, lastModified }: ServedFile): Record<string, string> {
  return {
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { "last-modified": lastModified }),
  };
}

function lineOf(connection: Deno.Conn, end: AbortSignal): Line {
  const send = async (content: string | Uint8Array): Promise<void> => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    for (let rest = bytes; rest.length > 0;) {
      if (end.aborted) throw new Error("the server ends");
      rest = rest.subarray(await connection.write(rest.subarray(0, 65_536)));
    }
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        end.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      end.addEventListener("abort", done);
      if (end.aborted) done();
    });
  return {
    send,
    pause,
    silence: () => pause(60_000),
    head: async (status, headers = {}) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      await send(`HTTP/1.1 ${status} Hm\r\nconnection: close\r\n${lines.join("")}\r\n`);
    },
  };
}

async function readHead(connection: Deno.Conn, most: number): Promise<string> {
  const buffer = new Uint8Array(Math.min(4096, most));
  let text = "";
  while (!text.includes("\r\n\r\n") && text.length < most) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

function parseHeaders(text: string): Headers {
  const lines = text.split("\r\n").slice(1).filter((line) => line.includes(":"));
  return new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
}

function parseRange(headers: Headers): Asked["range"] {
  const found = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "");
  if (!found) return undefined;
  return { start: Number(found[1]), end: found[2] === "" ? undefined : Number(found[2]) + 1 };
}
