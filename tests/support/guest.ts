/** A booted guest that tests and benchmarks talk to without the command line. */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { connectRunning } from "../../core/instances/connect.ts";
import { openSparePorts, type SparePorts } from "../../core/instances/spare_port.ts";
import { instanceFiles } from "../../core/paths.ts";
import { connectQmp } from "../../core/qemu/qmp.ts";
import { inspectInstance } from "../../core/instances/inspect.ts";
import type { SshConnection } from "../../core/ssh/client.ts";
import { appIn, guestImage } from "./image.ts";
import { serveDebianImage } from "./mirror.ts";
import { makeSandbox, type Sandbox } from "./sandbox.ts";

/** A running guest called "web" with a user "ada"; it goes away at the end of the scope. */
export interface Guest extends AsyncDisposable {
  /** The cubic that it belongs to. */
  readonly sandbox: Pick<Sandbox, "ok" | "json" | "cubic">;
  readonly connection: SshConnection;
  readonly ports: SparePorts;
  /** The file with the key that it takes. */
  readonly keyFile: string;
  /** Logs in as somebody else. */
  connectAs(user: string): Promise<SshConnection>;
  /** Runs a line of shell as ada and returns what it prints; throws when it fails. */
  sh(line: string): Promise<string>;
  /** Asks its QEMU. */
  query(command: string, args?: Record<string, unknown>): Promise<unknown>;
}

const never = { signal: new AbortController().signal, report: () => {} };

/** Boots one from the image that this source tree builds, which takes minutes under emulation. */
export async function bootGuest(): Promise<Guest> {
  const image = await guestImage();
  await using stack = new AsyncDisposableStack();
  const mirror = stack.use(await serveDebianImage(image, realHost().arch));
  const sandbox = stack.use(await makeSandbox());
  const config = `[mirror]\ndebian = "${mirror.url}"\n`;
  await Deno.writeTextFile(join(sandbox.home, "config.toml"), config);
  const size = ["--memory", "1G", "--cpus", "2", "--disk", "20G"];
  await sandbox.ok("create", "web", "--image", "debian:bookworm", "--user", "ada", ...size);
  await sandbox.ok("start", "web", "--wait");
  const guest = await openGuest(sandbox.home, "web");
  const rest = stack.move();
  return {
    ...guest,
    sandbox,
    async [Symbol.asyncDispose]() {
      guest.connection.close();
      await guest.connection.closed;
      await rest.disposeAsync();
    },
  };
}

/** Connects to a running instance whose CUBIC_HOME that is. */
export async function openGuest(
  home: string,
  name: string,
): Promise<Omit<Guest, "sandbox" | typeof Symbol.asyncDispose>> {
  const app = appIn(home);
  const connection = await connectRunning(app, { name }, {}, never);
  return {
    connection,
    ports: await openSparePorts(app, name),
    keyFile: instanceFiles(app.paths, name).clientKey,
    connectAs: (user) => connectRunning(app, { name, user }, {}, never),
    async sh(line) {
      const process = await connection.start(line);
      process.end();
      const [out, error] = await Promise.all([process.stdout.text(), process.stderr.text()]);
      const status = await process.status;
      if (status.kind !== "code" || status.code !== 0) throw new Error(`${line}: ${error}`);
      return out;
    },
    async query(command, args) {
      const { running } = await inspectInstance(app, name);
      await using qmp = await connectQmp(running!.qmpSocket);
      return await qmp.execute(command, args);
    },
  };
}
