/** The options that describe a new instance, for `create` and `run`. */
import { Command, Option } from "@commander-js/extra-typings";
import type { CreateRequest } from "../core/instances/create_plan.ts";
import { parseForwards } from "../core/instances/forward.ts";
import { parseSize } from "../core/size.ts";
import { countValue, lifetimeValue, requireSignatureOption, sha256Option } from "./options.ts";

type Forwards = ReturnType<typeof parseForwards>;

/** What those options give. */
export interface CreateFlags {
  readonly image?: string | undefined;
  readonly sha256?: string | undefined;
  readonly requireSignature?: true | undefined;
  readonly user?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: number | undefined;
  readonly mem?: number | undefined;
  readonly disk?: number | undefined;
  readonly port?: Forwards | undefined;
  readonly execute?: string | undefined;
  readonly isolate?: true | undefined;
  readonly ttl?: number | undefined;
}

/** A command with those options. */
// deno-lint-ignore explicit-module-boundary-types -- the type is the list of options, inferred from their flags
export function newCreateCommand(name: string) {
  return new Command(name)
    .argument("[name]", "name of the new instance, also its host name (default: one is made up)")
    // Not commander's requiredOption: there may be a default image in the settings.
    .option(
      "-i, --image <image>",
      "image, as in debian, ubuntu:24.04:arm64, ./disk.qcow2 or https://… (default: the setting image)",
    )
    .addOption(sha256Option())
    .addOption(requireSignatureOption())
    .option("-u, --user <name>", "user in the guest (default: the setting user, or your own name)")
    .option(
      "-c, --cpus <count>",
      "processors (default: the setting cpus, or half of the host's, 4 at most)",
      countValue,
    )
    .option(
      "-m, --memory <size>",
      "memory, as in 512M or 4G (default: the setting memory, or a quarter of the host's, 4G at most)",
      parseSize,
    )
    // Upstream's other name for it.
    .addOption(new Option("--mem <size>").argParser(parseSize).hideHelp())
    .option(
      "-d, --disk <size>",
      "size of the disk; takes only what is written (default: the setting disk, or 100G)",
      parseSize,
    )
    .option(
      "-p, --port <rule>",
      "forward ports of the host, as in 8080:80, 8000-8010:8000-8010 or 0.0.0.0:53:53/udp; may be repeated",
      (text: string, before: Forwards | undefined) => [...before ?? [], ...parseForwards(text)],
    )
    .option("-e, --execute <command>", "shell command to run as root at the end of the first boot")
    .option("--isolate", "cut the guest off from the network, but for forwarded ports")
    .option(
      "--ttl <duration>",
      "let it expire after a time such as 12h or 7d: then `cubic prune` deletes it",
      lifetimeValue,
    )
    .option("--if-missing", "take an instance of that name as it is, if there is one");
}

/** The request those options make. */
export function createRequest(name: string | undefined, flags: CreateFlags): CreateRequest {
  const { image, sha256, requireSignature, user, cpus, disk, port, execute, isolate, ttl } = flags;
  const memory = flags.memory ?? flags.mem;
  return {
    ...(name !== undefined && { name }),
    ...(image !== undefined && { image }),
    ...(sha256 !== undefined && { sha256 }),
    ...(requireSignature && { requireSignature }),
    ...(user !== undefined && { user }),
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disk }),
    ...(port !== undefined && { forwards: port }),
    ...(execute !== undefined && { execute }),
    ...(isolate !== undefined && { isolate }),
    ...(ttl !== undefined && { ttlMs: ttl }),
  };
}
