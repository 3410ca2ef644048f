/** The settings that a word may name, and their values. */
import type { Context } from "../context.ts";
import type { Answer } from "./answer.ts";
import type { Slot } from "./line.ts";

/** Keys of settings, or what may be written for one. */
export async function settingCandidates(
  context: Context,
  source: "setting" | "setting-value",
  { word, before }: Slot,
): Promise<Answer> {
  const { SETTINGS } = await import("../../core/config_keys.ts");
  const { MIRROR } = await import("../../core/config_mirrors.ts");
  if (source === "setting-value") {
    const setting = SETTINGS.find(({ key }) => key === before[0]);
    const values = setting?.type === "boolean" ? ["true", "false"] : [];
    return { candidates: values.map((value) => ({ value })), files: setting?.key === "ca-file" };
  }
  if (word.startsWith(`${MIRROR}.`)) {
    const { distros } = await context.load();
    return {
      candidates: distros.map(({ name, title }) => ({
        value: `${MIRROR}.${name}`,
        description: `base URL instead of the one of ${title}`,
      })),
    };
  }
  const keys = SETTINGS.map(({ key, describe }) => ({ value: key, description: describe }));
  const mirrors = { value: `${MIRROR}.`, description: "base URL of a distribution" };
  // Only the mirrors go on behind their dot.
  const open = word !== "" && mirrors.value.startsWith(word) &&
    !keys.some(({ value }) => value.startsWith(word));
  return { candidates: [...keys, mirrors], open };
}
