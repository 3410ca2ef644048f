/**
 * Part of `deno task bench`: asking all vendors takes as long as the slowest, not as all together; and `cubic images`
 * with what is known. It measures and asserts nothing.
 */
import type { KnownDistro } from "../../core/app.ts";
import { allReleases, releasesOf } from "../../core/images/releases.ts";
import { builtIn } from "../../distros/mod.ts";
import { appIn } from "../support/image.ts";
import { recorded, testApp } from "../support/images.ts";
import { makeSandbox } from "../support/sandbox.ts";

/** Milliseconds each vendor takes to answer, and one of them. */
const USUAL = 200;
const SLOWEST = 1000;
const REPEATS = 5;

await print(`asking ${builtIn.length} vendors, ${USUAL} ms each and one ${SLOWEST} ms`, [
  `at once                ${await discover()} ms`,
  `one after the other    ${USUAL * (builtIn.length - 1) + SLOWEST} ms would be the least`,
]);
await print("cubic images, lists known", [
  `median of ${REPEATS}            ${await listWarm()} ms`,
]);

async function discover(): Promise<string> {
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    const ms = asked++ === 3 ? SLOWEST : USUAL;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return new Response("1.0\n");
  });
  const baseUrl = `http://127.0.0.1:${server.addr.port}`;
  const distros: KnownDistro[] = builtIn.map((distro) => ({
    ...distro,
    baseUrl,
    releases: async (ctx) => [{
      version: (await ctx.fetchText(`${ctx.baseUrl}/${distro.name}`)).trim(),
      arches: ["amd64"],
    }],
  }));
  await using app = await testApp({ distros });
  const began = performance.now();
  await allReleases(app, recorded());
  const took = performance.now() - began;
  await server.shutdown();
  return took.toFixed(0);
}

async function listWarm(): Promise<string> {
  await using sandbox = await makeSandbox();
  const app = appIn(sandbox.home);
  // What the vendors would have answered, so that none of them is asked now.
  for (const distro of builtIn) {
    const releases = ["3", "2", "1"].map((version) => ({ version, arches: ["amd64"] as const }));
    await releasesOf(app, { ...distro, releases: () => Promise.resolve(releases) }, recorded());
  }
  const times: number[] = [];
  for (let round = 0; round < REPEATS; round++) {
    const began = performance.now();
    await sandbox.ok("images");
    times.push(performance.now() - began);
  }
  return (times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0).toFixed(0);
}

async function print(title: string, lines: readonly string[]): Promise<void> {
  const text = [title, ...lines.map((line) => `  ${line}`)].join("\n");
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}
