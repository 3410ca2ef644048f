/** What may stand in a place of the line. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { pathOf, visibleChildren } from "../command_tree.ts";
import type { Context } from "../context.ts";
import type { Answer, Candidate } from "./answer.ts";
import type { Slot } from "./line.ts";
import { argumentSource, optionSource, type Source } from "./sources.ts";

/** The candidates that begin as the word does. */
export async function candidatesFor(
  context: Context,
  root: CommandUnknownOpts,
  slot: Slot,
): Promise<Answer> {
  const answer = await allFor(context, root, slot);
  const candidates = answer.candidates
    .filter(({ value }) => value.startsWith(slot.word))
    .map((candidate) => ({ ...candidate, value: slot.lead + candidate.value }));
  return { ...answer, candidates };
}

async function allFor(context: Context, root: CommandUnknownOpts, slot: Slot): Promise<Answer> {
  const { command, kind, option } = slot;
  if (kind === "command") return { candidates: commandsBelow(command) };
  if (kind === "flag") return { candidates: flagsOf(command) };
  if (option?.argChoices) return { candidates: option.argChoices.map((value) => ({ value })) };
  const source = kind === "value"
    ? optionSource(option?.long)
    : argumentSource(pathOf(command), slot.before.length) ?? "nothing";
  return await fromSource(context, root, source, slot);
}

async function fromSource(
  context: Context,
  root: CommandUnknownOpts,
  source: Source,
  slot: Slot,
): Promise<Answer> {
  switch (source) {
    case "nothing":
    case "guest":
      return { candidates: [] };
    case "file":
      return { candidates: [], files: true };
    case "shown":
      // Only names of images have a colon.
      return await fromSource(context, root, slot.word.includes(":") ? "image" : "instance", slot);
    case "instance":
    case "running":
    case "stopped":
    case "target":
    case "copy":
      return await (await import("./instances.ts")).instanceCandidates(context, source, slot);
    case "image":
    case "stored":
    case "distro":
    case "added":
    case "plugin":
      return await (await import("./images.ts")).imageCandidates(context, source, slot);
    case "setting":
    case "setting-value":
      return await (await import("./settings.ts")).settingCandidates(context, source, slot);
    case "topic":
    case "result":
    case "shell":
      return await (await import("./fixed.ts")).fixedCandidates(root, source, slot);
  }
}

/** Names only: an alias of what is listed already is noise. */
function commandsBelow(command: CommandUnknownOpts): Candidate[] {
  return visibleChildren(command)
    .map((child) => ({ value: child.name(), description: child.summary() }));
}

function flagsOf(command: CommandUnknownOpts): Candidate[] {
  return command.createHelp().visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? "", description }));
}
