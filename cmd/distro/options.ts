/** Options of the commands for distributions. */
import { Option } from "@commander-js/extra-typings";

/** `--allow-loopback` for commands that read a plugin. */
export function loopbackOption(): Option<"--allow-loopback"> {
  return new Option("--allow-loopback", "let it fetch from this machine, by plain http too");
}
