import { deepEqual, equal, match } from "node:assert/strict";
import type { InstanceStatus, ListedInstance } from "../../core/instances/inspect.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { describeInstance, describeList, renderInstance, renderList } from "./instances.ts";
import { formatMoment } from "./moment.ts";

const GIB = 1024 ** 3;
const INSTANCE: Instance = {
  name: "web",
  uuid: "06f33b8d-8b9e-4c96-829d-d02b8715640c",
  created: "2026-11-22T11:12:11.924Z",
  image: "debian:bookworm:s390x",
  imageDigest: "sha512-00",
  arch: "amd64",
  firmware: "uefi",
  user: "tester",
  cpus: 2,
  memory: 4 * GIB,
  disk: 100 * GIB,
  mac: "52:54:00:e6:93:95",
  sshPort: 29735,
  forwards: [
    { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 80 },
    { protocol: "udp", hostAddress: "0.0.0.0", hostPort: 5353, guestPort: 53 },
  ],
  isolate: false,
  protected: false,
  temporary: false,
};
const RUNNING: InstanceStatus = {
  state: "running",
  running: {
    process: { pid: 4711, started: "boot/1" },
    accelerator: "kvm",
    startedAt: "2026-11-22T11:12:12.924Z",
    qmpSocket: "/run/x.qmp",
    consoleSocket: "/run/x.con",
  },
};
const LIST: readonly ListedInstance[] = [
  { name: "web", instance: INSTANCE, status: RUNNING, diskUsed: 2.5 * GIB },
  { name: "old", instance: { ...INSTANCE, name: "old" }, status: { state: "stopped" } },
  { name: "hurt", problem: "Cannot read it" },
];

const NOW = Date.parse("2026-11-22T14:12:12.000Z");
const UNKNOWN = { memoryHost: null, memoryGuest: null };

Deno.test("renderList shows broken instances beside the sound ones", () => {
  equal(
    renderList(LIST, false, Infinity, NOW),
    "NAME   STATE     IMAGE                   CPUS   MEMORY        DISK   AGE\n" +
      "web    running   debian:bookworm:s390x      2      4 G   2.5/100 G   3 h\n" +
      "old    stopped   debian:bookworm:s390x      2      4 G       100 G   3 h\n" +
      "hurt   broken",
  );
});

Deno.test("renderList with all shows SSH port and process", () => {
  equal(
    renderList(LIST, true, Infinity, NOW).split("\n").map((line) => line.slice(75)).join("|"),
    "  SSH    PID|29735   4711|29735|",
  );
});

Deno.test("renderList leaves the host's own architecture out", () => {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const instance = { ...INSTANCE, image: `debian:bookworm:${arch}` };
  const list = [{ name: "web", instance, status: RUNNING }];
  const [, line] = renderList(list, false, Infinity, NOW).split("\n");
  equal(line, "web    running   debian:bookworm      2      4 G   100 G   3 h");
});

Deno.test("describeInstance promises names that programs can count on", () => {
  deepEqual(describeInstance(INSTANCE, RUNNING), {
    name: "web",
    state: "running",
    image: "debian:bookworm:s390x",
    imageDigest: "sha512-00",
    arch: "amd64",
    user: "tester",
    cpus: 2,
    memory: 4 * GIB,
    disk: 100 * GIB,
    sshPort: 29735,
    ports: ["127.0.0.1:8080:80/tcp", "0.0.0.0:5353:53/udp"],
    isolate: false,
    protected: false,
    temporary: false,
    mac: "52:54:00:e6:93:95",
    uuid: "06f33b8d-8b9e-4c96-829d-d02b8715640c",
    created: "2026-11-22T11:12:11.924Z",
    pid: 4711,
    accelerator: "kvm",
    startedAt: "2026-11-22T11:12:12.924Z",
  });
});

Deno.test("describeList tells what is wrong with a broken instance", () => {
  deepEqual(describeList(LIST).at(-1), {
    name: "hurt",
    state: "broken",
    problem: "Cannot read it",
  });
});

Deno.test("renderInstance lists all that is known and nothing else", () => {
  const extras = {
    dir: "/home/x",
    diskUsed: undefined,
    ...UNKNOWN,
    hostKeyFingerprint: "SHA256:abc",
    sshCommand: "ssh -p 29735 tester@127.0.0.1",
  };
  equal(
    renderInstance(INSTANCE, { state: "stopped" }, extras, NOW),
    `Name:       web
State:      stopped
Image:      debian:bookworm:s390x
Digest:     sha512 00
CPUs:       2
Memory:     4 G
Disk:       100 G
User:       tester
Isolated:   no
Ports:      127.0.0.1:8080:80/tcp
            0.0.0.0:5353:53/udp
SSH:        ssh -p 29735 tester@127.0.0.1
Host key:   SHA256:abc
Created:    ${formatMoment(INSTANCE.created)} (3 h ago)
Directory:  /home/x`,
  );
  const use = { memoryHost: GIB, memoryGuest: { used: GIB / 2, total: 4 * GIB } };
  const running = renderInstance(INSTANCE, RUNNING, { ...extras, ...use, diskUsed: GIB }, NOW);
  equal(/^Disk: .*$/m.exec(running)?.[0], "Disk:         1/100 G");
  match(running, /^Memory: +4 G \(QEMU holds 1 G, the guest uses 0\.5\/4 G\)$/m);
  match(running, /^Started: .* \(2 h ago\)$/m);
  equal(/^PID: .*$/m.exec(running)?.[0], "PID:          4711");
});

Deno.test("a state that has a reason is shown with it, and the flags of an instance where they are set", () => {
  const held: InstanceStatus = { state: "paused", reason: "the host's disk is full" };
  const marked = {
    ...INSTANCE,
    ...{ protected: true, temporary: true, expires: "2026-11-23T00:00:00.000Z" },
  };
  const line = renderList([{ name: "web", instance: INSTANCE, status: held }], false);
  equal(/paused: the host's disk is full/.test(line), true, line);
  const shown = describeInstance(marked, held);
  deepEqual([shown["state"], shown["reason"]], ["paused", "the host's disk is full"]);
  deepEqual([shown["protected"], shown["temporary"], shown["expires"]], [
    ...[true, true, "2026-11-23T00:00:00.000Z"],
  ]);
  const extras = {
    ...{ dir: "/x", diskUsed: 0, ...UNKNOWN, hostKeyFingerprint: "SHA256:x", sshCommand: "ssh x" },
  };
  const facts = renderInstance(marked, held, extras).split("\n");
  for (
    const name of [
      `Expires:    ${formatMoment(marked.expires)}`,
      "Protected:  yes",
      "Temporary:  yes",
    ]
  ) {
    equal(facts.some((fact) => fact.startsWith(name)), true, facts.join("\n"));
  }
});
