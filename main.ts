/** The program: wires its parts, maps errors to exit statuses. The only place with Deno.exit and Deno.args. */
import { runProgram } from "./cmd/program.ts";
import type { App } from "./core/app.ts";
import type { Paths } from "./core/paths.ts";
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

async function paths(): Promise<Paths> {
  const { realHost } = await import("./core/host.ts");
  const { resolvePaths } = await import("./core/paths.ts");
  return resolvePaths(realHost(), Deno.uid());
}

async function load(): Promise<App> {
  const { realHost } = await import("./core/host.ts");
  const { loadConfig } = await import("./core/config.ts");
  const { trustingFetch } = await import("./core/http.ts");
  const { builtIn } = await import("./distros/mod.ts");
  const { addedDistros } = await import("./plugins/registry.ts");
  const host = realHost();
  const where = await paths();
  const distros = [...builtIn, ...await addedDistros(where, ui.report)];
  const config = await loadConfig(where.configFile, host.env, distros);
  const fetch = trustingFetch(config.caFile);
  return { host: { ...host, fetch }, paths: where, config, distros };
}

Deno.exit(await runProgram(Deno.args, { ui, load, paths, signal: interrupt.signal }));
