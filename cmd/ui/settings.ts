/** Changes of settings, as programs are told of them. Pure. */
import type { SettingChange } from "../../core/config_settings.ts";

/** What `config set` and `config unset` print as JSON. */
export function describeChange(
  { key, value, changed, overriddenBy }: SettingChange,
): Record<string, unknown> {
  return {
    key,
    value: value ?? null,
    changed,
    ...(overriddenBy !== undefined && { overriddenBy }),
  };
}
