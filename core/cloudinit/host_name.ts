/** Changing the host name in a seed that is there already, and nothing else. */
import { isoImage } from "./iso9660.ts";
import { isoFiles } from "./iso9660_read.ts";
import { json, LABEL } from "./seed.ts";

/**
 * The same seed for another host name, or undefined when it has that name already or is none of ours. The
 * instance-id stays, so that nothing of the first boot is done again: at every boot cloud-init compares the name with
 * the one it has set before (cc_set_hostname in the local stage).
 */
export function withHostName(
  seed: Uint8Array<ArrayBuffer>,
  hostName: string,
): Uint8Array<ArrayBuffer> | undefined {
  const files = isoFiles(seed);
  const metaData = files?.["meta-data"];
  if (!files || !metaData) return undefined;
  const facts = parse(new TextDecoder().decode(metaData));
  if (facts === undefined || facts["local-hostname"] === hostName) return undefined;
  return isoImage(LABEL, { ...files, "meta-data": json({ ...facts, "local-hostname": hostName }) });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const facts: unknown = JSON.parse(text);
    return typeof facts === "object" && facts !== null ? { ...facts } : undefined;
  } catch {
    return undefined;
  }
}
