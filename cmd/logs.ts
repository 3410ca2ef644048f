/** `cubic logs` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { App } from "../core/app.ts";
import { CubicError, interrupted } from "../core/errors.ts";
import type { LogRequest } from "../core/instances/logs.ts";
import { type Context, operation } from "./context.ts";
import { countValue } from "./options.ts";

type Kind = LogRequest["kind"] | "cloud-init";

/** Prints the logs of an instance. */
export function logsCommand(context: Context): CommandUnknownOpts {
  return new Command("logs")
    .description(
      "Print what the guest's console said since its last start, or what QEMU said, or cloud-init in a guest " +
        "that runs. On a terminal colours and whatever else could drive it are left out; in a pipe every byte " +
        "is as it came. With --json each line is an object.",
    )
    .argument("<name>", "instance")
    .option("--console", "the serial console (default)")
    .option("--qemu", "QEMU's own output")
    .option(
      "--cloud-init",
      "what cloud-init's modules and their programs printed, read in the guest",
    )
    .option("-f, --follow", "go on until the instance stops")
    .option("-n, --lines <count>", "only the last lines", countValue)
    .option("--json", "print each line as one line of JSON, with its source")
    .addHelpText(
      "after",
      "\nExamples:\n  cubic logs web -n 20\n  cubic logs web -f\n  cubic logs web --cloud-init -f\n" +
        '  cubic logs web --json | jq -r \'select(.line | test("error"; "i")).line\'',
    )
    .action(async (name, flags) => {
      const kind = chooseKind(flags);
      const request = {
        ...(flags.follow && { follow: true }),
        ...(flags.lines !== undefined && { lines: flags.lines }),
      };
      const app = await context.load();
      const log = await open(context, app, name, kind, request);
      const said =
        await (flags.json ? printLines(context, log, { name, source: kind }) : print(context, log));
      if (context.signal.aborted) throw interrupted();
      if (!said) context.ui.note(await nothing(app, name, kind));
    });
}

function chooseKind(
  flags: { readonly console?: true; readonly qemu?: true; readonly cloudInit?: true },
): Kind {
  const chosen: Kind[] = [
    ...(flags.console ? ["console" as const] : []),
    ...(flags.qemu ? ["qemu" as const] : []),
    ...(flags.cloudInit ? ["cloud-init" as const] : []),
  ];
  const [kind = "console", other] = chosen;
  if (other === undefined) return kind;
  throw new CubicError("usage", `Cannot print two logs at once: --${kind} and --${other}`, {
    hint: "Ask for one after the other.",
  });
}

async function open(
  context: Context,
  app: App,
  name: string,
  kind: Kind,
  request: Omit<LogRequest, "kind">,
): Promise<AsyncIterable<Uint8Array>> {
  if (kind === "cloud-init") {
    const { readCloudInitLog } = await import("../core/instances/logs_cloud_init.ts");
    return readCloudInitLog(app, name, request, operation(context));
  }
  const { readLog } = await import("../core/instances/logs.ts");
  return readLog(app, name, { kind, ...request }, context.signal);
}

/** Whether there was anything to print. */
async function print({ ui }: Context, log: AsyncIterable<Uint8Array>): Promise<boolean> {
  const { safeLog } = await import("./ui/safe_log.ts");
  const safe = ui.terminal.stdoutIsTerminal ? safeLog() : undefined;
  const encoder = new TextEncoder();
  let said = false;
  for await (const chunk of log) {
    await ui.bytes(safe ? encoder.encode(safe(chunk)) : chunk);
    said = true;
  }
  if (safe) await ui.bytes(encoder.encode(safe()));
  return said;
}

/** The same for programs. */
async function printLines(
  { ui }: Context,
  log: AsyncIterable<Uint8Array>,
  facts: { readonly name: string; readonly source: Kind },
): Promise<boolean> {
  const { logLines } = await import("./ui/log_lines.ts");
  const split = logLines();
  let said = false;
  const tell = async (lines: readonly string[]): Promise<void> => {
    for (const line of lines) await ui.jsonLine({ ...facts, line });
    said ||= lines.length > 0;
  };
  for await (const chunk of log) await tell(split(chunk));
  await tell(split());
  return said;
}

async function nothing(app: App, name: string, kind: Kind): Promise<string> {
  if (kind === "cloud-init") {
    return `Nothing yet. \`cubic wait ${name} --for cloud-init\` waits for its end.`;
  }
  const { inspectInstance } = await import("../core/instances/inspect.ts");
  const { state } = await inspectInstance(app, name);
  return state === "stopped"
    ? `Nothing yet. \`cubic start ${name}\` starts the instance.`
    : `Nothing yet, which is well for ${kind === "qemu" ? "QEMU" : "a guest that just began"}.`;
}
