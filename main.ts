/** The program: wires its parts, maps errors to exit statuses. The only place with Deno.exit and Deno.args. */
import { runProgram } from "./cmd/program.ts";
import type { App } from "./core/app.ts";
import { printError } from "./cmd/ui/errors.ts";
import { realTerminal } from "./cmd/ui/terminal.ts";
import { Ui } from "./cmd/ui/ui.ts";

const ui = new Ui(realTerminal());
const interrupt = new AbortController();

/** The first Ctrl-C lets the work under way clean up; the second one does not wait for it. */
function onInterrupt(): void {
  if (interrupt.signal.aborted) Deno.exit(130);
  interrupt.abort();
}

Deno.addSignalListener("SIGINT", onInterrupt);
Deno.addSignalListener("SIGTERM", onInterrupt);
Deno.addSignalListener("SIGHUP", onInterrupt);

// A mistake of ours in a callback would end the program with Deno's words instead of ours.
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  Deno.exit(printError(ui, event.reason));
});
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  Deno.exit(printError(ui, event.error));
});

async function load(): Promise<App> {
  const { realHost } = await import("./core/host.ts");
  const { resolvePaths } = await import("./core/paths.ts");
  const { loadConfig } = await import("./core/config.ts");
  const { builtIn } = await import("./distros/mod.ts");
  const host = realHost();
  const paths = resolvePaths(host, Deno.uid());
  return { host, paths, config: await loadConfig(paths.configFile), distros: builtIn };
}

Deno.exit(await runProgram(Deno.args, { ui, load, signal: interrupt.signal }));
