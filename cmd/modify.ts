/** `cubic modify` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { parseForwards, parseSelectors } from "../core/instances/forward.ts";
import type { ModifyRequest } from "../core/instances/modify_plan.ts";
import { parseSize } from "../core/size.ts";
import type { Context } from "./context.ts";
import { changeInstance } from "./modify_result.ts";
import { collectAll, countValue, jsonOption } from "./options.ts";
import { formatOption } from "./output.ts";

/** Changes an instance. */
export function modifyCommand(context: Context): CommandUnknownOpts {
  return new Command("modify")
    .description(
      "Change an instance: all that is asked for, or nothing. On one that runs, ports, disk and user change at once; " +
        "processors, memory and isolation at its next start. Of an option that is given twice the last counts; -p and " +
        "-P add up, and what is removed goes before what is added comes.",
    )
    .argument("<instance>", "instance")
    .option("-c, --cpus <count>", "processors", countValue)
    .option("-m, --memory <size>", "memory, as in 512M or 4G", parseSize)
    .addOption(new Option("--mem <size>").argParser(parseSize).hideHelp())
    .option("-d, --disk <size>", "size of the disk; it can only grow", parseSize)
    .option("-u, --user <name>", "user to log in as; made in the guest, which has to run")
    .option(
      "-p, --port <rule>",
      "forward a port, as in 8080:80; may be repeated",
      collectAll(parseForwards),
    )
    .option(
      "-P, --rm-port <rule>",
      "forward it no longer: a rule or a port of the host; may be repeated",
      collectAll(parseSelectors),
    )
    .option("--isolate", "cut the guest off from the network, but for forwarded ports")
    .option("--no-isolate", "let it reach the network again")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic modify web -c 4 -m 8G\n  cubic modify web --disk 200G\n" +
        "  cubic modify web -P 8080 -p 8081:80 --no-isolate",
    )
    .action(async (name, flags) => {
      await changeInstance(context, name, modifyRequest(name, flags), flags);
    });
}

interface ModifyFlags {
  readonly cpus?: number | undefined;
  readonly memory?: number | undefined;
  readonly mem?: number | undefined;
  readonly disk?: number | undefined;
  readonly user?: string | undefined;
  readonly port?: ModifyRequest["addForwards"] | undefined;
  readonly rmPort?: ModifyRequest["removeForwards"] | undefined;
  readonly isolate?: boolean | undefined;
}

function modifyRequest(name: string, flags: ModifyFlags): ModifyRequest {
  const { cpus, disk, user, port, rmPort, isolate } = flags;
  const memory = flags.memory ?? flags.mem;
  const request = {
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disk }),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { addForwards: port }),
    ...(rmPort !== undefined && { removeForwards: rmPort }),
    ...(isolate !== undefined && { isolate }),
  };
  if (Object.keys(request).length > 0) return request;
  throw new CubicError("usage", `Cannot tell what to change of "${name}"`, {
    hint: `Say it with options, as in \`cubic modify ${name} --memory 4G\`.`,
  });
}
