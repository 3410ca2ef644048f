/** What a plugin may import. Pure. */

/** What a plugin imports the kit as. */
export const KIT = "cubic:kit";

/**
 * The module that an import inside the virtual machine means: the plugin itself, the kit, or a file of the kit
 * that another one imports. Undefined for everything else.
 */
export function resolveImport(from: string, name: string, plugin: string): string | undefined {
  if (name === KIT) return KIT;
  if (name === plugin && !from.startsWith(KIT)) return plugin;
  const sibling = /^\.\/(?:kit\/)?([a-z_]+\.ts)$/.exec(name)?.[1];
  return from.startsWith(KIT) && sibling !== undefined ? `${KIT}/${sibling}` : undefined;
}
