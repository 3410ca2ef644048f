/**
 * Makes the recording of a terminal that README.md shows.
 *
 *     record.ts play IMAGE [PROGRAM]   plays the session on a real guest: docs/demo.cast, and the picture
 *     record.ts draw                   makes docs/demo.svg of docs/demo.cast
 *
 * IMAGE is the disk of a Debian 12 cloud image, as `cubic image export` writes it; PROGRAM is the cubic to record,
 * scripts/cubic when left out. Waits are cut to two seconds.
 */
import { join, resolve } from "node:path";
import { formatCast, parseCast } from "./record/cast.ts";
import { playDemo } from "./record/play.ts";
import { readScreens } from "./record/screens.ts";
import { clearStage, setStage } from "./record/stage.ts";
import { drawScreens } from "./record/svg.ts";
import { complain } from "./terminal.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const CAST = join(ROOT, "docs", "demo.cast");
const PICTURE = join(ROOT, "docs", "demo.svg");

async function main([verb, image, program = join(ROOT, "scripts", "cubic")]: readonly string[]) {
  if (verb === "play" && image !== undefined) {
    await play({ image: resolve(image), program: resolve(program) });
  } else if (verb !== "draw") {
    complain("record.ts play IMAGE [PROGRAM] or record.ts draw");
    return 2;
  }
  await Deno.writeTextFile(PICTURE, await pictureOf(await Deno.readTextFile(CAST)));
  return 0;
}

async function play(props: { readonly image: string; readonly program: string }): Promise<void> {
  // Short: sockets go below it.
  const home = await Deno.makeTempDir({ dir: "/tmp", prefix: "demo-" });
  const env = await setStage(home, props);
  try {
    await Deno.writeTextFile(CAST, formatCast(await playDemo(home, env)));
  } finally {
    await clearStage(env);
    await Deno.remove(home, { recursive: true });
  }
}

/** The animated picture of a recording. */
export async function pictureOf(cast: string): Promise<string> {
  const recording = parseCast(cast);
  return drawScreens(await readScreens(recording), recording);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
