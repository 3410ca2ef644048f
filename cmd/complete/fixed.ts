/** Words that come with the program: topics, commands, shells. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { childOf, visibleChildren } from "../command_tree.ts";
import { SHELLS } from "../completions/shells.ts";
import { topicNames, topicSummary } from "../help/topics.ts";
import type { Answer, Candidate } from "./answer.ts";
import type { Slot } from "./line.ts";

/** What `help`, `schema` and `completions` take. */
export async function fixedCandidates(
  root: CommandUnknownOpts,
  source: "topic" | "result" | "shell",
  { before }: Slot,
): Promise<Answer> {
  if (source === "shell") return { candidates: SHELLS.map((value) => ({ value })) };
  if (source === "result") {
    const { RESULTS } = await import("../schema/results.ts");
    const done = before.length;
    const paths = Object.keys(RESULTS).map((path) => path.split(" "))
      .filter((words) => before.every((word, index) => words[index] === word));
    const next = new Set(paths.flatMap((words) => words[done] ?? []));
    return { candidates: [...next].map((value) => ({ value })) };
  }
  const parent = before.reduce<CommandUnknownOpts | undefined>(
    (command, word) => command && childOf(command, word),
    root,
  );
  const commands = parent ? visibleChildren(parent) : [];
  const topics = before.length > 0 ? [] : topicNames();
  return {
    candidates: [
      ...commands.map((each): Candidate => ({ value: each.name(), description: each.summary() })),
      ...topics.map((value): Candidate => ({ value, description: topicSummary(value) })),
    ],
  };
}
