import { deepEqual, equal } from "node:assert/strict";
import type { InstanceStatus, ListedInstance } from "../../core/instances/inspect.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { describeInstance, describeList, renderInstance, renderList } from "./instances.ts";

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
  { name: "web", instance: INSTANCE, status: RUNNING },
  { name: "old", instance: { ...INSTANCE, name: "old" }, status: { state: "stopped" } },
  { name: "hurt", problem: "Cannot read it" },
];

Deno.test("renderList shows broken instances beside the sound ones", () => {
  equal(
    renderList(LIST, false),
    "NAME   STATE     IMAGE                   CPUS   MEMORY    DISK\n" +
      "web    running   debian:bookworm:s390x      2      4 G   100 G\n" +
      "old    stopped   debian:bookworm:s390x      2      4 G   100 G\n" +
      "hurt   broken",
  );
});

Deno.test("renderList with all shows SSH port and process", () => {
  equal(
    renderList(LIST, true).split("\n").map((line) => line.slice(65)).join("|"),
    "  SSH    PID|29735   4711|29735|",
  );
});

Deno.test("renderList leaves the host's own architecture out", () => {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  const instance = { ...INSTANCE, image: `debian:bookworm:${arch}` };
  const [, line] = renderList([{ name: "web", instance, status: RUNNING }], false).split("\n");
  equal(line, "web    running   debian:bookworm      2      4 G   100 G");
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
    hostKeyFingerprint: "SHA256:abc",
    sshCommand: "ssh -p 29735 tester@127.0.0.1",
  };
  equal(
    renderInstance(INSTANCE, { state: "stopped" }, extras),
    `Name:       web
State:      stopped
Image:      debian:bookworm:s390x
CPUs:       2
Memory:     4 G
Disk:       100 G
User:       tester
Isolated:   no
Ports:      127.0.0.1:8080:80/tcp
            0.0.0.0:5353:53/udp
SSH:        ssh -p 29735 tester@127.0.0.1
Host key:   SHA256:abc
Created:    2026-11-22T11:12:11.924Z
Directory:  /home/x`,
  );
  const running = renderInstance(INSTANCE, RUNNING, { ...extras, diskUsed: GIB });
  equal(/^Disk: .*$/m.exec(running)?.[0], "Disk:         100 G (1 G used)");
  equal(/^PID: .*$/m.exec(running)?.[0], "PID:          4711");
});
