/** The clocks of guests that run: a host that slept, or a guest that was paused, leaves them behind. */
import type { App } from "../app.ts";
import { sshTarget } from "../instances/connect.ts";
import { askGuest } from "../instances/guest_line.ts";
import type { Instance } from "../instances/instance.ts";
import { connect } from "../ssh/client.ts";
import { type Check, type Found, orFine } from "./finding.ts";
import { runningInstances } from "./readable.ts";

/** An emulated guest on a busy host takes five seconds; one that takes longer may still be booting. */
const DEADLINE_MS = 8000;
/** What answers first; without it there is nobody to wait for. */
const BANNER_MS = 4000;
/** `date` counts whole seconds, and an emulated guest takes one or two to answer. */
const TOLERANCE_S = 10;
/** So many are asked at once, each a connection with a key exchange. */
const MOST = 16;

/** The clocks of guests that can be logged in to at once. */
export const guestClocksCheck: Check = {
  name: "Guest clocks",
  about: "state",
  async look(app, { signal, instances }) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const guests = runningInstances(await instances()).filter(({ status }) =>
      status.state === "running"
    );
    const asked = await Promise.all(
      guests.slice(0, MOST).map(async ({ instance }) => {
        const ahead = await secondsAhead(app, instance, deadline).catch(() => undefined);
        return ahead === undefined ? [] : [{ instance, ahead }];
      }),
    );
    const answers = asked.flat();
    const found = answers.flatMap(({ instance, ahead }) => judgeGuest(app, instance, ahead) ?? []);
    const silent = guests.length - answers.length;
    const fine = guests.length === 0 ? "none to ask" : `${answers.length} right`;
    return orFine(found, silent === 0 ? fine : `${fine}, ${silent} gave no answer in time`);
  },
};

/** What to say of a guest whose clock is so many seconds ahead. Pure. */
export function judgeGuest(
  { distros }: Pick<App, "distros">,
  { name, image }: Pick<Instance, "name" | "image">,
  ahead: number,
): Found | undefined {
  const seconds = Math.round(Math.abs(ahead));
  if (seconds <= TOLERANCE_S) return undefined;
  const distro = distros.find((distro) => image.startsWith(`${distro.name}:`));
  const root = distro?.guest.privilege ?? "sudo";
  return {
    level: "warning",
    text: `the clock of ${name} is ${seconds} s ${ahead > 0 ? "ahead" : "behind"}`,
    remedy: `\`cubic exec ${name} -- ${root} date -s @$(date +%s)\` sets it.`,
  };
}

async function secondsAhead(
  app: App,
  instance: Instance,
  signal: AbortSignal,
): Promise<number | undefined> {
  const target = await sshTarget(app, instance);
  using connection = await connect(target, {
    signal,
    timeoutMs: DEADLINE_MS,
    bannerTimeoutMs: BANNER_MS,
  });
  const began = app.host.now();
  const answer = await askGuest(connection, instance.name, "date +%s", DEADLINE_MS, signal);
  const seconds = /^\d+$/.test(answer.trim()) ? Number(answer.trim()) : undefined;
  // The second had begun by half of itself, on average.
  return seconds === undefined ? undefined : seconds + 0.5 - (began + app.host.now()) / 2000;
}
