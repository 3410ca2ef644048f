/** Where everything lives, and the name of every file cubic ever makes (docs/files.md explains them). */
import { isAbsolute, join, resolve } from "node:path";
import type { Host } from "./host.ts";
import { CubicError } from "./errors.ts";

/** The directories cubic uses. */
export interface Paths {
  /** What must not be lost: instances and the images they stand on. */
  readonly data: string;
  /** What can be fetched or measured again. */
  readonly cache: string;
  /** Sockets; short, because a unix socket path ends at 104 bytes on macOS and 108 on Linux. */
  readonly runtime: string;
  readonly configFile: string;
  readonly instances: string;
  readonly images: string;
  /** Frozen disks that several instances read from, each in a directory of its own. */
  readonly layers: string;
  readonly locks: string;
  /** Distributions the user added: their files and the registry of their pinned digests. */
  readonly distros: string;
  /** OpenPGP keys the user gave. */
  readonly keys: string;
}

/** The files of one instance. */
export interface InstanceFiles {
  readonly dir: string;
  readonly config: string;
  readonly disk: string;
  readonly seed: string;
  readonly clientKey: string;
  readonly hostKey: string;
  /** For OpenSSH: the host key under a name that stays, and how to reach the guest. */
  readonly knownHosts: string;
  readonly sshConfig: string;
  readonly efiVars: string;
  /** Written by QEMU itself; only good together with `run`. */
  readonly pid: string;
  /** What cubic knows of the QEMU it started. */
  readonly run: string;
  readonly qemuLog: string;
  readonly consoleLog: string;
}

/**
 * The directories for this host and user: XDG on Linux, ~/Library on macOS, all under CUBIC_HOME when
 * that is set. `uid` tells two users apart who share one temporary directory.
 * @throws CubicError "failed" when neither CUBIC_HOME nor HOME is set.
 */
export function resolvePaths(host: Pick<Host, "os" | "env">, uid: number | null): Paths {
  const { data, cache, configFile } = roots(host);
  // Not XDG_RUNTIME_DIR: it goes away with the user's last login, and a guest is to outlive that.
  const temp = absolute(host.env("TMPDIR")) ?? "/tmp";
  return {
    data,
    cache,
    configFile,
    runtime: join(temp, `cubic-${uid ?? "user"}`),
    instances: join(data, "instances"),
    images: join(data, "images"),
    layers: join(data, "layers"),
    locks: join(data, "locks"),
    distros: join(data, "distros"),
    keys: join(data, "keys"),
  };
}

function roots(
  { os, env }: Pick<Host, "os" | "env">,
): Pick<Paths, "data" | "cache" | "configFile"> {
  const own = env("CUBIC_HOME");
  if (own) {
    const data = resolve(own);
    return { data, cache: join(data, "cache"), configFile: join(data, "config.toml") };
  }
  const home = env("HOME");
  if (!home) {
    throw new CubicError("failed", "Cannot tell where to keep instances: HOME is not set", {
      hint: "Set HOME, or CUBIC_HOME to the directory that should hold everything.",
    });
  }
  if (os === "darwin") {
    const data = join(home, "Library", "Application Support", "cubic");
    const cache = join(home, "Library", "Caches", "cubic");
    return { data, cache, configFile: join(data, "config.toml") };
  }
  return {
    data: join(absolute(env("XDG_DATA_HOME")) ?? join(home, ".local", "share"), "cubic"),
    cache: join(absolute(env("XDG_CACHE_HOME")) ?? join(home, ".cache"), "cubic"),
    configFile: join(
      absolute(env("XDG_CONFIG_HOME")) ?? join(home, ".config"),
      "cubic",
      "config.toml",
    ),
  };
}

/** The XDG specification wants relative paths ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

/** The files of the instance of that name. */
export function instanceFiles(paths: Pick<Paths, "instances">, name: string): InstanceFiles {
  return filesIn(join(paths.instances, name));
}

/** The files of an instance whose directory is (still) somewhere else. */
export function filesIn(dir: string): InstanceFiles {
  return {
    dir,
    config: join(dir, "instance.toml"),
    disk: join(dir, "disk.qcow2"),
    seed: join(dir, "seed.iso"),
    clientKey: join(dir, "client_key"),
    hostKey: join(dir, "host_key.pub"),
    knownHosts: join(dir, "known_hosts"),
    sshConfig: join(dir, "ssh_config"),
    efiVars: join(dir, "efi-vars.fd"),
    pid: join(dir, "qemu.pid"),
    run: join(dir, "run.json"),
    qemuLog: join(dir, "qemu.log"),
    consoleLog: join(dir, "console.log"),
  };
}
