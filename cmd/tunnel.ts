/** `cubic tunnel` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { TunnelSpec } from "../core/ssh/tunnel_spec.ts";
import { connectOptions, runConnected } from "./connection.ts";
import { type Context, operation } from "./context.ts";
import { acceleratorOption, collect, durationValue, jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";

/** Keeps tunnels to an instance open. */
export function tunnelCommand(context: Context): CommandUnknownOpts {
  return new Command("tunnel")
    .description(
      "Open tunnels through SSH until Ctrl-C, starting the instance if need be. They reach what port rules can't: " +
        "services that listen on the guest's loopback only, IPv6, the host from within the guest, and an isolated " +
        "guest. Port 0 is any that is free. Nobody but this machine can use them, unless BIND says otherwise.",
    )
    .argument("<target>", "[user@]instance")
    .option(
      "-L, --local <tunnel>",
      "[BIND:]PORT:HOST:HOST_PORT: PORT of this host leads to HOST as the guest sees it",
      collect(String),
    )
    .option(
      "-R, --remote <tunnel>",
      "[BIND:]PORT:HOST:HOST_PORT: PORT of the guest leads to HOST as this host sees it",
      collect(String),
    )
    .option(
      "-D, --dynamic <listen>",
      "[BIND:]PORT: a SOCKS 5 proxy into the guest's network",
      collect(String),
    )
    // What ssh needs to run no command; here there never is one.
    .addOption(new Option("-N").hideHelp())
    .option(
      "--timeout <duration>",
      "how long the guest may take to boot (default: 10m)",
      durationValue,
    )
    .addOption(acceleratorOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic tunnel web -L 8080:localhost:80\n  cubic tunnel web -R 3000:localhost:3000 -D 1080\n" +
        "  cubic tunnel web -L '[::1]:5432:localhost:5432'",
    )
    .action(async (target, flags) => {
      const specs = await readTunnels(target, flags);
      const { parseTarget } = await import("../core/instances/connect.ts");
      const { serveTunnels } = await import("../core/ssh/tunnel.ts");
      const { describeTunnel, renderTunnels } = await import("./ui/tunnels.ts");
      const app = await context.load();
      const instance = parseTarget(target);
      const onReady = async (tunnels: readonly TunnelSpec[]): Promise<void> => {
        context.ui.settle();
        await printResult(context, flags, {
          value: tunnels.map(describeTunnel),
          note: () => renderTunnels(tunnels, instance.name),
        });
      };
      await runConnected(
        context,
        app,
        instance,
        connectOptions(flags),
        (connection) => serveTunnels(connection, specs, { ...operation(context), onReady }),
      );
    });
}

interface TunnelFlags {
  readonly local?: readonly string[] | undefined;
  readonly remote?: readonly string[] | undefined;
  readonly dynamic?: readonly string[] | undefined;
}

async function readTunnels(target: string, flags: TunnelFlags): Promise<TunnelSpec[]> {
  const { parseProxy, parseTunnel } = await import("../core/ssh/tunnel_spec.ts");
  const specs = [
    ...(flags.local ?? []).map((text) => parseTunnel("local", text)),
    ...(flags.remote ?? []).map((text) => parseTunnel("remote", text)),
    ...(flags.dynamic ?? []).map((text) => parseProxy(text)),
  ];
  if (specs.length > 0) return specs;
  throw new CubicError("usage", `Cannot tell which tunnels to open to "${target}"`, {
    hint: `Name one, as in \`cubic tunnel ${target} -L 8080:localhost:80\`.`,
  });
}
