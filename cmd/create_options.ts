/** The options that describe a new instance, for `create` and `run`. */
import { Command } from "@commander-js/extra-typings";
import type { CreateRequest } from "../core/instances/create.ts";
import { CubicError } from "../core/errors.ts";
import { parseForward } from "../core/instances/forward.ts";
import { parseSize } from "../core/size.ts";
import { collect, countValue, requireSignatureOption, sha256Option } from "./options.ts";

/** What those options give. */
export interface CreateFlags {
  readonly image?: string | undefined;
  readonly sha256?: string | undefined;
  readonly requireSignature?: true | undefined;
  readonly user?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memory?: number | undefined;
  readonly disk?: number | undefined;
  readonly port?: ReturnType<typeof parseForward>[] | undefined;
  readonly execute?: string | undefined;
  readonly isolate?: true | undefined;
}

/** A command with those options. */
// deno-lint-ignore explicit-module-boundary-types -- the type is the list of options, inferred from their flags
export function newCreateCommand(name: string) {
  return new Command(name)
    .argument("<name>", "name of the new instance; becomes its host name")
    // Not commander's requiredOption: that complains before a misspelt --imge is noticed.
    .option(
      "-i, --image <image>",
      "image (required), as in debian, ubuntu:24.04:arm64, ./disk.qcow2 or https://…",
    )
    .addOption(sha256Option())
    .addOption(requireSignatureOption())
    .option("-u, --user <name>", "user in the guest (default: your own name)")
    .option("-c, --cpus <count>", "processors (default: half of the host's, 4 at most)", countValue)
    .option(
      "-m, --memory <size>",
      "memory, as in 512M or 4G (default: a quarter, 4G at most)",
      parseSize,
    )
    .option(
      "-d, --disk <size>",
      "size of the disk; takes only what is written (default: 100G)",
      parseSize,
    )
    .option(
      "-p, --port <rule>",
      "forward a port of the host, as in 8080:80 or 0.0.0.0:53:53/udp; may be repeated",
      collect(parseForward),
    )
    .option("-e, --execute <command>", "shell command to run as root at the end of the first boot")
    .option("--isolate", "cut the guest off from the network, but for forwarded ports");
}

/**
 * The request those options make.
 * @throws CubicError "usage" when no image is named.
 */
export function createRequest(name: string, flags: CreateFlags): CreateRequest {
  const { image, sha256, requireSignature, user, cpus, memory, disk, port, execute, isolate } =
    flags;
  if (image === undefined) {
    throw new CubicError("usage", `Cannot tell which image "${name}" is made of`, {
      hint: `Name one with --image, as in \`cubic create ${name} --image debian\`.`,
    });
  }
  return {
    name,
    image,
    ...(sha256 !== undefined && { sha256 }),
    ...(requireSignature && { requireSignature }),
    ...(user !== undefined && { user }),
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disk }),
    ...(port !== undefined && { forwards: port }),
    ...(execute !== undefined && { execute }),
    ...(isolate !== undefined && { isolate }),
  };
}
