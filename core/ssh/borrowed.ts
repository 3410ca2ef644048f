/**
 * Channel data that is lent and not given: its memory is used again for the next packet. A channel that copies what it
 * wants to keep says so here; to any other channel a copy is given.
 */
import { Buffer } from "node:buffer";
import type { Client } from "ssh2";

const borrowers = new WeakSet<object>();
const lenders = new WeakSet<object>();

/** True for the payload handler of a connection that {@linkcode lendChannelData} looks after. */
export function lends(onPayload: object): boolean {
  return lenders.has(onPayload);
}

/** Says that a channel's `push` keeps nothing of what it is given. */
export function takesBorrowed(channel: object): void {
  borrowers.add(channel);
}

interface Receiver {
  readonly incoming?: { readonly window: number };
}

interface ClientInternals {
  readonly _chanMgr: { get(id: number): Receiver | undefined };
  readonly _protocol: {
    readonly _onPayload: object;
    readonly _handlers: {
      CHANNEL_DATA: (protocol: unknown, id: number, data: Uint8Array) => void;
      CHANNEL_EXTENDED_DATA: (p: unknown, id: number, data: Uint8Array, type: number) => void;
    };
  };
}

/**
 * Puts itself between a client that just began to connect and its channels. A server that sends more than its window
 * allows loses the connection: ssh2 would take it all, however much it is.
 */
export function lendChannelData(client: Client): void {
  const { _chanMgr, _protocol: { _handlers, _onPayload } } = client as unknown as ClientInternals;
  lenders.add(_onPayload);
  const { CHANNEL_DATA, CHANNEL_EXTENDED_DATA } = _handlers;
  const receiver = (id: number, { length }: Uint8Array): Receiver | undefined => {
    const channel = _chanMgr.get(id);
    // Before it is open, there is a function in its place.
    if (typeof channel !== "object") return undefined;
    if (length <= (channel.incoming?.window ?? 0)) return channel;
    client.emit("error", new Error("the server sends more than it may"));
    client.destroy();
    return undefined;
  };
  _handlers.CHANNEL_DATA = (protocol, id, data) => {
    const channel = receiver(id, data);
    if (!channel) return;
    CHANNEL_DATA(protocol, id, borrowers.has(channel) ? data : Buffer.from(data));
  };
  _handlers.CHANNEL_EXTENDED_DATA = (protocol, id, data, type) => {
    if (receiver(id, data)) CHANNEL_EXTENDED_DATA(protocol, id, data, type);
  };
}
