/** A stand-in for QEMU's end of a QMP socket that misbehaves as it is told. */

/** A command as QEMU reads it. */
export interface Request {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly id: number;
}

/** The client of a conversation. */
export interface Client {
  /** The next command, as QEMU would read it; undefined when the client has gone. */
  readonly receive: () => Promise<Request | undefined>;
  readonly send: (text: string) => Promise<void>;
}

/** Serves one client. */
export type Conversation = (client: Client) => Promise<void>;

/** What QEMU says first. */
export const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\r\n';

/** Listens on the socket and has that conversation with every client; ends with `await using`. */
export function serveQmp(path: string, conversation: Conversation): AsyncDisposable {
  const listener = Deno.listen({ transport: "unix", path });
  const clients = new Set<Deno.Conn>();
  const serving = (async () => {
    for await (const socket of listener) {
      clients.add(socket);
      // Ending the conversation closes the connection; a client that hangs up ends it too.
      converse(socket, conversation).catch(() => {}).finally(() => hangUp(socket));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const socket of clients) hangUp(socket);
      await serving;
    },
  };
}

/** A conversation that goes well: every command gets what `answer` returns for it. */
export function answering(
  answer: (command: string, request: Request) => unknown,
): Conversation {
  return async ({ receive, send }) => {
    await send(GREETING);
    for (let request = await receive(); request; request = await receive()) {
      const reply = { return: answer(request.execute, request) ?? {}, id: request.id };
      await send(JSON.stringify(reply) + "\r\n");
    }
  };
}

/** Says nothing until the client hangs up. */
export async function silence({ receive }: Client): Promise<void> {
  while (await receive() !== undefined);
}

async function converse(socket: Deno.Conn, conversation: Conversation): Promise<void> {
  const buffer = new Uint8Array(4096);
  let rest = "";
  const receive = async (): Promise<Request | undefined> => {
    while (!rest.includes("\n")) {
      const count = await socket.read(buffer);
      if (count === null) return undefined;
      rest += new TextDecoder().decode(buffer.subarray(0, count));
    }
    const end = rest.indexOf("\n");
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return JSON.parse(line);
  };
  const send = async (text: string): Promise<void> => {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await socket.write(bytes));
  };
  await conversation({ receive, send });
}

function hangUp(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch {
    // Already closed.
  }
}
