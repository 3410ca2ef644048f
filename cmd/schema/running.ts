/** What is said of changes of instances, of their ports and of their guests while they run. */
import { GUEST_MEMORY } from "./instances.ts";
import { choice, count, either, flag, list, nullable, number, record } from "./kinds.ts";
import { type Schema, text, time } from "./kinds.ts";

const NAME = text("name of the instance");
const STATES = ["running", "paused", "crashed", "unresponsive", "stopped"] as const;
const VALUE = {
  description: "sizes are bytes, ports a list of rules",
  anyOf: [
    { type: ["number", "string", "boolean"] },
    list(text("a rule, as in 127.0.0.1:8080:80/tcp")),
  ],
};

/** What a change of an instance did. */
export const MODIFIED: Schema = record("a change of an instance", {
  name: NAME,
  state: choice("how it is", STATES),
  changes: list(
    record("a value that is another now", {
      field: choice("which", ["cpus", "memory", "disk", "user", "isolate", "ports"]),
      from: VALUE,
      to: VALUE,
      effect: choice("when it takes effect", ["now", "next-start"]),
    }),
    "empty when all was so already",
  ),
  restartNeeded: flag("true when some take effect at the next start"),
});

/** Forwarded ports. */
export const PORTS: Schema = list(record("a forwarded port", {
  instance: NAME,
  rule: text("as in 127.0.0.1:8080:80/tcp"),
  hostAddress: text("address of this host it listens on"),
  hostPort: count("port of this host"),
  guestPort: count("port of the guest"),
  protocol: choice("protocol", ["tcp", "udp"]),
  use: choice("who listens on the host's port now", ["instance", "other", "free"]),
  answers: nullable(flag("true when something in the guest answers; null when not known")),
}));

/** Open tunnels. */
export const TUNNELS: Schema = list(record("a tunnel; printed once, when all are open", {
  kind: choice("who listens: this host, the guest, this host as a proxy", [
    "local",
    "remote",
    "dynamic",
  ]),
  listenHost: text("address it listens on"),
  listenPort: count("port it listens on, also when any was asked for"),
  targetHost: nullable(text("where it leads; null for a proxy")),
  targetPort: nullable(count("port it leads to; null for a proxy")),
}));

/** What instances use. */
export const STATS: Schema = list(record("what an instance uses; null where it is not known", {
  name: NAME,
  state: choice("how it is", [...STATES, "broken"]),
  cpuPercent: nullable(number("of one processor of the host: two that are busy are 200")),
  memoryHost: nullable(count("bytes of the host's memory that QEMU holds")),
  memoryGuest: GUEST_MEMORY,
  diskUsed: nullable(count("bytes that the disk takes on the host")),
  disk: nullable(count("bytes that the guest sees")),
  uptime: nullable(count("milliseconds since it was started")),
}));

/** Something that happened to an instance; a line each. */
export const EVENT: Schema = record("an event; each is a line of its own", {
  time: time("when it was noticed"),
  event: text("what happened, as in started; there may be more kinds in time"),
  name: NAME,
  uuid: text("identity of the machine"),
}, {
  from: text("the former name of one that was renamed"),
  pid: count("process of QEMU"),
  accelerator: choice("what runs the guest", ["kvm", "hvf", "tcg"]),
  reason: text("why, where that is known"),
});

/** A line that a guest or its QEMU said; a line each. */
export const LOG_LINE: Schema = record("a line of a log; each is a line of its own", {
  name: NAME,
  source: choice("who said it", ["console", "qemu", "cloud-init"]),
  line: text("as it came, without its line end; what is no UTF-8 is U+FFFD"),
});

/** What was waited for. */
export const WAITED: Schema = list(record("an instance that is ready", {
  name: NAME,
  for: choice("what it was waited for", ["ssh", "cloud-init", "port", "command", "stopped"]),
  milliseconds: count("how long it took"),
}));

/** What plain ssh has to know. */
export const SSH_CONFIG: Schema = either(
  "the entries; with --install and --remove what was changed",
  list(record("how plain ssh reaches an instance", {
    name: NAME,
    host: text("the name to give to ssh"),
    hostName: text("address to connect to"),
    port: count("port to connect to"),
    user: text("user in the guest"),
    identityFile: text("private key"),
    knownHostsFile: text("the guest's host key"),
  })),
  record("what was changed", {
    file: text("the user's file"),
    line: text("the line that is there now, or was there"),
    changed: flag("false when all was so already"),
  }),
);

/** What can be removed to free the disk. */
export const PRUNED: Schema = list(record("a thing that nobody needs", {
  kind: choice("what it is", [
    ...["temporary", "expired", "leftovers", "layers", "cache", "images"],
  ]),
  name: text("name of the instance or image, or path of the file"),
  bytes: count("bytes that are free without it"),
  removed: flag("true when it was removed"),
}, { note: text("what is worth knowing before") }));
