/**
 * The shells that there are scripts for. Each script asks `cubic complete` at every press of TAB.
 *
 * By hand, not by @bomb.sh/tab: its scripts for bash and zsh hand the typed words to `eval`, so that TAB behind
 * `$(…)` runs it, its handlers can't wait for anything, and it knows neither aliases nor words of other programs.
 */

/** The shells. */
export const SHELLS = ["bash", "zsh", "fish", "powershell", "elvish"] as const;

/** One of them. */
export type Shell = typeof SHELLS[number];

const SCRIPTS: Readonly<Record<Shell, () => Promise<{ readonly default: string }>>> = {
  bash: () => import("./cubic.bash", { with: { type: "text" } }),
  zsh: () => import("./cubic.zsh", { with: { type: "text" } }),
  fish: () => import("./cubic.fish", { with: { type: "text" } }),
  powershell: () => import("./cubic.ps1", { with: { type: "text" } }),
  elvish: () => import("./cubic.elv", { with: { type: "text" } }),
};

/** The script for a shell. */
export async function completionScript(shell: Shell): Promise<string> {
  return (await SCRIPTS[shell]()).default;
}
