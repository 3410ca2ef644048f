import { deepEqual, equal } from "node:assert/strict";
import { forwardsAmong, parseSlirpSockets } from "./hostfwd.ts";

/** As QEMU 7.2 with libslirp 4.7 writes it; the connections are from a booted guest. */
const TEXT = [
  "Hub -1 (net):",
  "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ",
  "  TCP[ESTABLISHED]   31       127.0.0.1 28081       10.0.2.15    80     0     0",
  "  TCP[SYN_SENT]      30       127.0.0.1 28082       10.0.2.15    81     0     0",
  "  TCP[HOST_FORWARD]  12       127.0.0.1 28081       10.0.2.15    80     0     0",
  "  TCP[HOST_FORWARD]  11               * 28083       10.0.2.15    83     0     0",
  "  UDP[HOST_FORWARD]  10       127.0.0.1 28080       10.0.2.15    53     0     0",
  "  UDP[196 sec]       22       10.0.2.15 54321        10.0.2.3    53     0     0",
  "  ICMP[3 sec]        23       10.0.2.15     -        10.0.2.2     -     0     0",
].join("\r\n");

Deno.test("parseSlirpSockets() reads what QEMU tells of its network", () => {
  const sockets = parseSlirpSockets(TEXT);
  equal(sockets.length, 6);
  deepEqual(sockets.map(({ state }) => state).slice(0, 2), ["ESTABLISHED", "SYN_SENT"]);
  deepEqual(forwardsAmong(sockets), [
    { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 28081, guestPort: 80 },
    { protocol: "tcp", hostAddress: "0.0.0.0", hostPort: 28083, guestPort: 83 },
    { protocol: "udp", hostAddress: "127.0.0.1", hostPort: 28080, guestPort: 53 },
  ]);
  deepEqual(parseSlirpSockets(""), []);
});
