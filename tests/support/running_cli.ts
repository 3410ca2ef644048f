/** Tests of the command line that start QEMU. */
import { Cli } from "./cli.ts";

/** A test with a home of its own that ends every QEMU it started, whatever becomes of it. */
export function test(name: string, body: (cli: Cli) => Promise<void>): void {
  const fn = async (): Promise<void> => {
    await using cli = await Cli.withImage();
    try {
      await body(cli);
    } finally {
      await cli.run(["stop", "--all", "--kill"]);
    }
  };
  // QEMU is let go of on purpose; Deno would call it a leak.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}
