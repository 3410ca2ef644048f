/** `cubic scp` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { GuestDisks } from "../core/transfer/hot_plug.ts";
import type { Connect } from "../core/transfer/place.ts";
import type { CopyPlan } from "../core/transfer/plan.ts";
import type { TransferOptions } from "../core/transfer/transfer.ts";
import { type Context, operation } from "./context.ts";
import { collect, jsonOption } from "./options.ts";
import { formatOption, type OutputFlags, printResult } from "./output.ts";
import { standardStreams } from "./ui/terminal.ts";
import { describeCopy, listPlanned, type Report } from "./ui/transfer.ts";

const ROUTES = ["auto", "scp", "sftp", "stream", "block"] as const;

/** Copies files and trees between the host and instances. */
export function scpCommand(context: Context): CommandUnknownOpts {
  return new Command("scp")
    .description(
      "Copy files and directories into, out of and between running instances. A file has its old " +
        "content or all of the new, never a part of it.",
    )
    .argument("<paths...>", "sources, then the target: path, [user@]instance:path or -")
    .option("-r, --recursive", "copy directories with all that is in them")
    .option("-p, --preserve", "keep modes and times exactly")
    .addOption(
      new Option("--route <route>", "the way to take").choices(ROUTES).default("auto" as const),
    )
    .option(
      "--exclude <glob>",
      "leave out what matches, in directories; repeatable",
      collect((text) => text),
    )
    .option("--dry-run", "only list what would be copied")
    .option("--verify", "compare SHA-256 on both sides afterwards")
    .option("--resume", "go on where an earlier --resume broke off")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic scp big.tar.gz web:            into the home directory\n" +
        "  cubic scp -r src web:/srv/           a directory, merged with what is there\n" +
        "  cubic scp 'web:/var/log/*.gz' .      the guest's files that match\n" +
        "  cubic scp web:a db:b                 from one instance to another\n" +
        "  cubic scp ./a:b web:/srv/            a host path with a colon\n" +
        "  mysqldump x | cubic scp - web:x.sql  from standard input",
    )
    .action(async (paths, flags) => {
      const { planCopy } = await import("../core/transfer/plan.ts");
      const { makeExcluder } = await import("../core/transfer/exclude.ts");
      const plan = planCopy(paths);
      const { recursive, preserve, route, dryRun, verify, resume } = flags;
      const options: TransferOptions = {
        recursive: recursive === true,
        preserve: preserve === true,
        route,
        dryRun: dryRun === true,
        verify: verify === true,
        resume: resume === true,
        ...(flags.exclude && { exclude: makeExcluder(flags.exclude) }),
      };
      await using connections = shareConnections(context);
      const began = performance.now();
      const result = await runPlan(context, plan, options, connections.connect);
      const report = { ...result, milliseconds: Math.round(performance.now() - began) };
      if (plan.kind !== "output") await show(context, report, flags);
      if (report.warnings.length > 0) context.exit(1);
    });
}

async function runPlan(
  context: Context,
  plan: CopyPlan,
  options: TransferOptions,
  connect: Connect,
): Promise<Omit<Report, "milliseconds">> {
  if (plan.kind === "paths") {
    const { transfer } = await import("../core/transfer/transfer.ts");
    const openDisks = (instance: string): Promise<GuestDisks> => disksOf(context, instance);
    return await transfer({ ...plan, ...options, connect, openDisks }, operation(context));
  }
  refuseForStream(options);
  const { copyInput, copyOutput } = await import("../core/transfer/standard.ts");
  const end = plan.kind === "input" ? plan.target : plan.source;
  const connection = await connect(end);
  const result = plan.kind === "input"
    ? await copyInput(connection, end.path, standardStreams().stdin, operation(context))
    : await copyOutput(connection, end.path, (b) => context.ui.bytes(b), operation(context));
  return { ...result, files: 1, warnings: [] };
}

/** What a stream can't do must not be passed over: --dry-run would copy. */
function refuseForStream(options: TransferOptions): void {
  const { dryRun, verify, resume, recursive, preserve, exclude, route } = options;
  const asked = {
    ...{ "dry-run": dryRun, verify, resume, recursive, preserve },
    ...{ exclude: exclude !== undefined, route: route !== "auto" },
  };
  const [option] = Object.entries(asked).find(([, on]) => on) ?? [];
  if (option === undefined) return;
  throw new CubicError("usage", `Cannot copy: - and --${option} don't go together`, {
    hint: `Leave --${option} out, or copy a file.`,
  });
}

/** What the block route needs of an instance. */
async function disksOf(context: Context, instance: string): Promise<GuestDisks> {
  const { openSparePorts } = await import("../core/instances/spare_port.ts");
  const { accelerator, plug } = await openSparePorts(await context.load(), instance);
  return { plug, emulated: accelerator === "tcg" };
}

async function show(context: Context, report: Report, flags: OutputFlags): Promise<void> {
  await printResult(context, flags, {
    value: report,
    text: () => report.planned && listPlanned(report.planned),
    note: () => describeCopy(report),
  });
}

/** One connection for each guest and user, made when it is first needed. */
function shareConnections(context: Context): AsyncDisposable & { readonly connect: Connect } {
  const open = new Map<string, ReturnType<Connect>>();
  const connect: Connect = async ({ instance, user }) => {
    const { connectRunning } = await import("../core/instances/connect.ts");
    const app = await context.load();
    const guest = { name: instance, ...(user !== undefined && { user }) };
    return await connectRunning(app, guest, {}, operation(context));
  };
  return {
    connect: (guest) => {
      const key = `${guest.user ?? ""}@${guest.instance}`;
      const connection = open.get(key) ?? connect(guest);
      open.set(key, connection);
      return connection;
    },
    [Symbol.asyncDispose]: async () => {
      for (const result of await Promise.allSettled(open.values())) {
        if (result.status === "fulfilled") result.value.close();
      }
    },
  };
}
