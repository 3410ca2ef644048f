/** What is said of instances. */
import { SHOWN_IMAGE } from "./images.ts";
import { choice, count, either, extend, flag, list, nullable } from "./kinds.ts";
import { record, type Schema, text, time } from "./kinds.ts";

const NAME = text("name of the instance");

/** An instance, as `describeInstance` tells it. */
export const INSTANCE: Schema = record("an instance", {
  name: NAME,
  image: text("the image it was made of, in full: distro:release:arch, or a path or URL"),
  imageDigest: text("digest of that image, as in sha512-…"),
  arch: choice("architecture of the guest", ["amd64", "arm64"]),
  user: text("user in the guest"),
  cpus: count("processors"),
  memory: count("bytes of memory"),
  disk: count("bytes of the disk as the guest sees it"),
  sshPort: count("port on 127.0.0.1 that leads to the guest's SSH server"),
  ports: list(text("as in 127.0.0.1:8080:80/tcp"), "forwarded ports"),
  isolate: flag("true when the guest has no network but its forwarded ports"),
  protected: flag("true when delete and prune refuse it"),
  temporary: flag("true when it is deleted at the end of the session that made it"),
  mac: text("hardware address of the guest's network card"),
  uuid: text("identity of the machine; never changes"),
  created: time("when it was made"),
}, {
  state: choice("left out by commands that do not ask for it", [
    ...["running", "paused", "crashed", "unresponsive", "stopped"],
  ]),
  reason: text("why it is paused or crashed, where that is known"),
  expires: time("when prune may delete it; left out when it stays"),
  pid: count("process of QEMU; only while it runs"),
  accelerator: choice("what runs the guest; only while it runs", ["kvm", "hvf", "tcg"]),
  startedAt: time("when it was started; only while it runs"),
});

/** An instance whose files are damaged. */
const BROKEN: Schema = record("an instance whose files are damaged", {
  name: NAME,
  state: choice("always broken", ["broken"]),
  problem: text("what is wrong with it"),
});

const DISK_USED = {
  diskUsed: count("bytes the disk takes on the host; left out when it can't be read"),
};

/** The list of instances. */
export const INSTANCES: Schema = list(
  either("an instance, whole or broken", extend(INSTANCE, {}, DISK_USED), BROKEN),
);

/** Memory by the guest's own account. */
export const GUEST_MEMORY: Schema = nullable(record("by the guest's account; null when not known", {
  used: count("bytes in use"),
  total: count("bytes it has"),
}));

const SHOWN_INSTANCE: Schema = extend(INSTANCE, {
  dir: text("directory of the instance"),
  hostKeyFingerprint: text('of the guest\'s host key, as ssh-keygen -l prints it, or "missing"'),
  sshCommand: text("a line for a POSIX shell that logs in with plain ssh"),
  pending: list(
    choice("which", ["cpus", "memory", "isolate"]),
    "what was changed and waits for the next start",
  ),
  memoryHost: nullable(
    count("bytes of the host's memory that QEMU holds; null when it is stopped"),
  ),
  memoryGuest: GUEST_MEMORY,
}, DISK_USED);

/** An instance with its files, or an image when the name is one's. */
export const SHOWN: Schema = either("an instance or an image", SHOWN_INSTANCE, SHOWN_IMAGE);

/** What was stopped. */
export const STOPPED: Schema = list(record("an instance that is stopped now", {
  name: NAME,
  how: choice("clean: it shut down; killed: it was cut off; already: it was stopped before", [
    ...["clean", "killed", "already"],
  ]),
}));

/** Names of what was done away with. */
export const NAMES: Schema = list(record("an instance", { name: NAME }));

/** What was protected, or let go. */
export const PROTECTED: Schema = list(record("an instance", {
  name: NAME,
  protected: flag("true when delete and prune refuse it"),
}));
