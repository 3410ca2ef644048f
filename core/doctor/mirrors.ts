/** Whether the servers that images come from can be reached. */
import { type Check, type Found, orFine } from "./finding.ts";
import type { Answer } from "./servers.ts";

/** Mirrors that are set, or else the vendor of the default image. */
export const mirrorsCheck: Check = {
  name: "Mirrors",
  about: "host",
  async look(_app, { online, servers }) {
    if (!online) return [{ level: "ok", text: "not asked (--offline)" }];
    const answers = await servers();
    const found = answers.flatMap((answer) => judgeAnswer(answer) ?? []);
    const reached = answers.map(({ url }) => new URL(url).host).join(", ");
    return orFine(found, reached === "" ? "none to ask" : `reached ${reached}`);
  },
};

/** What to say of an answer; undefined when it is good. Pure. */
function judgeAnswer({ distro, url, mirror, status, failure }: Answer): Found | undefined {
  const name = mirror ? `the mirror ${url} of ${distro}` : `${url}, where ${distro} is from,`;
  const remedy = mirror
    ? `\`cubic config unset mirror.${distro}\` goes back to the vendor's own server.`
    : `Check the network, or set a mirror: \`cubic config set mirror.${distro} URL\`.`;
  if (failure) {
    const text = `${name} can't be reached: ${failure.text}`;
    return { level: "warning", text, remedy: failure.hint ?? remedy };
  }
  // Many servers let nobody list the directory: that they say so is enough.
  const gone = status === undefined || status === 404 || status === 410 || status >= 500;
  return gone ? { level: "warning", text: `${name} answers with ${status}`, remedy } : undefined;
}
