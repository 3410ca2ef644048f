/** Passing bytes between a TCP connection and a channel, both ways, each at the pace of who reads. */
import type { ClientChannel } from "ssh2";

const CHUNK = 64 * 1024;

/**
 * Passes everything on until both sides have ended or one of them broke; then both are closed. The end of one direction
 * is passed on and leaves the other open. `first` goes before what the connection sends.
 */
export async function relay(
  connection: Deno.TcpConn,
  channel: ClientChannel,
  first: Uint8Array = new Uint8Array(0),
): Promise<void> {
  const gone = Promise.withResolvers<void>();
  channel.on("close", gone.resolve);
  channel.on("error", gone.resolve);
  // Nothing should come there; left unread it would shut the channel's window.
  channel.stderr.resume();
  const outward = toChannel(connection, channel, first, gone.promise);
  try {
    await Promise.all([outward, toConnection(channel, connection)]);
  } catch {
    // One side broke: for the other one it is the end.
  } finally {
    closeQuietly(connection);
    channel.close();
    await outward.catch(() => {});
  }
}

/** ssh2 calls back when the window of the other side had room for all of it, and never when the channel closes. */
async function toChannel(
  connection: Deno.TcpConn,
  channel: ClientChannel,
  first: Uint8Array,
  gone: Promise<void>,
): Promise<void> {
  let open = true;
  gone.then(() => open = false);
  const send = (bytes: Uint8Array): Promise<void> =>
    Promise.race([gone, new Promise<void>((resolve) => channel.write(bytes, () => resolve()))]);
  if (first.length > 0) await send(first);
  const buffer = new Uint8Array(CHUNK);
  while (open) {
    const count = await Promise.race([connection.read(buffer), gone]);
    if (!open || count === undefined) return;
    if (count === null) return void channel.end();
    await send(buffer.subarray(0, count));
  }
}

async function toConnection(channel: ClientChannel, connection: Deno.TcpConn): Promise<void> {
  for await (const chunk of channel.iterator({ destroyOnReturn: false })) {
    let bytes = chunk as Uint8Array;
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
  }
  await connection.closeWrite();
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The other side was faster.
  }
}
