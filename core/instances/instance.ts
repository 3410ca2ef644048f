/** An instance as it is kept in `instance.toml` (docs/files.md). */
import { parse, stringify } from "smol-toml";
import * as v from "valibot";
import { CubicError, isCubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import type { PortForward } from "../qemu/machine.ts";
import { formatForwards, parseForwards } from "./forward.ts";

/** What makes an instance; its state is never stored but derived (`inspect.ts`). */
export interface Instance {
  /** The name of its directory. */
  readonly name: string;
  readonly uuid: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** The image it was made of, by name. */
  readonly image: string;
  /** The same by digest: the name of its base file in the image store. */
  readonly imageDigest: string;
  readonly arch: Arch;
  /** How its image boots. */
  readonly firmware: "uefi" | "bios";
  readonly user: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** The size the guest sees, in bytes. */
  readonly disk: number;
  readonly mac: string;
  /** The loopback port of the host that leads to the guest's sshd. */
  readonly sshPort: number;
  readonly forwards: readonly PortForward[];
  readonly isolate: boolean;
  /** `cubic delete` refuses it until it is unprotected. */
  readonly protected: boolean;
  /** Made by `cubic run --rm`: it is to be deleted when its session ends. */
  readonly temporary: boolean;
  /** When `cubic prune` may delete it: ISO 8601, UTC; absent when it stays. */
  readonly expires?: string;
}

/** Grows when a field changes its meaning; a newer file is refused, not guessed at. */
const SCHEMA = 1;

const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const InstanceFile = v.object({
  schema: v.literal(SCHEMA),
  uuid: v.pipe(v.string(), v.uuid()),
  created: v.string(),
  image: v.string(),
  "image-digest": v.pipe(v.string(), v.regex(/^sha(256|512)-[0-9a-f]+$/)),
  arch: v.picklist(["amd64", "arm64"]),
  firmware: v.optional(v.picklist(["uefi", "bios"]), "uefi"),
  user: v.string(),
  cpus: positive,
  memory: positive,
  disk: positive,
  mac: v.pipe(v.string(), v.regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)),
  "ssh-port": v.pipe(positive, v.maxValue(65535)),
  ports: v.array(v.string()),
  isolate: v.boolean(),
  protected: v.optional(v.boolean(), false),
  temporary: v.optional(v.boolean(), false),
  expires: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

/** The text of `instance.toml`. */
export function formatInstance(instance: Instance): string {
  return stringify({
    schema: SCHEMA,
    uuid: instance.uuid,
    created: instance.created,
    image: instance.image,
    "image-digest": instance.imageDigest,
    arch: instance.arch,
    firmware: instance.firmware,
    user: instance.user,
    cpus: instance.cpus,
    memory: instance.memory,
    disk: instance.disk,
    mac: instance.mac,
    "ssh-port": instance.sshPort,
    ports: formatForwards(instance.forwards),
    isolate: instance.isolate,
    ...(instance.protected && { protected: true }),
    ...(instance.temporary && { temporary: true }),
    ...(instance.expires !== undefined && { expires: instance.expires }),
  }) + "\n";
}

/**
 * The instance in the text of an `instance.toml`.
 * @throws CubicError "instance-broken", naming the file; it is left as it is.
 */
export function parseInstance(name: string, path: string, text: string): Instance {
  try {
    const content = parse(text);
    if (Number(content["schema"]) > SCHEMA) throw newerInstance(name, path);
    const file = v.parse(InstanceFile, content);
    return {
      name,
      uuid: file.uuid,
      created: file.created,
      image: file.image,
      imageDigest: file["image-digest"],
      arch: file.arch,
      firmware: file.firmware,
      user: file.user,
      cpus: file.cpus,
      memory: file.memory,
      disk: file.disk,
      mac: file.mac,
      sshPort: file["ssh-port"],
      forwards: file.ports.flatMap(parseForwards),
      isolate: file.isolate,
      protected: file.protected,
      temporary: file.temporary,
      ...(file.expires !== undefined && { expires: file.expires }),
    };
  } catch (error) {
    if (isCubicError(error, "instance-broken")) throw error;
    throw brokenInstance(name, path, describeProblem(error), error);
  }
}

/** The error for an instance whose files are damaged. */
export function brokenInstance(
  name: string,
  path: string,
  problem: string,
  cause?: unknown,
): CubicError {
  return new CubicError(
    "instance-broken",
    `Cannot read the instance "${name}": ${path} is damaged`,
    {
      hint: `Mend the file by hand, or remove the instance with \`cubic delete ${name}\`.`,
      details: problem,
      cause,
    },
  );
}

function newerInstance(name: string, path: string): CubicError {
  return new CubicError(
    "instance-broken",
    `Cannot read the instance "${name}": a newer cubic has written ${path}`,
    { hint: "Use that cubic, or bring this one up to date; `cubic --version` tells which it is." },
  );
}

function describeProblem(error: unknown): string {
  if (error instanceof v.ValiError) {
    const issue = error.issues[0];
    return `${v.getDotPath(issue) ?? "file"}: ${issue.message}`;
  }
  return error instanceof Error ? error.message.trim() : String(error);
}
