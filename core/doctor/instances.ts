/** The instances: whether they can be read, and whether those that run are well. */
import type { ListedInstance } from "../instances/inspect.ts";
import { type Check, type Found, orFine } from "./finding.ts";

/** What `cubic instances` would show of them. */
export const instancesCheck: Check = {
  name: "Instances",
  about: "state",
  async look(_app, { instances }) {
    const list = await instances();
    const fine = list.length === 0 ? "none" : `${list.length}, all sound`;
    return orFine(list.flatMap((entry) => judge(entry) ?? []), fine);
  },
};

function judge(entry: ListedInstance): Found | undefined {
  const { name } = entry;
  if ("problem" in entry) {
    const remedy = `Mend the file, or \`cubic delete ${name}\`.`;
    return { level: "problem", text: entry.problem, remedy };
  }
  const { state, reason } = entry.status;
  const text = `${name} is ${state}${reason === undefined ? "" : `: ${reason}`}`;
  const ends = `\`cubic stop --kill ${name}\` ends it.`;
  if (state === "crashed" || state === "unresponsive") {
    return { level: "problem", text, remedy: ends };
  }
  // Held by somebody who will let it go on, unless there is a reason.
  if (state !== "paused" || reason === undefined) return undefined;
  return { level: "warning", text, remedy: `\`cubic start ${name}\` lets it go on. ${ends}` };
}
