/**
 * The kit as text, for the virtual machine. Imported as text so that it is in the compiled program too; a test
 * holds the list to what is in the folder.
 */
import { eraseTypes } from "./erase.ts";
import kit from "../kit.ts" with { type: "text" };
import armor from "../kit/armor.ts" with { type: "text" };
import checksums from "../kit/checksums.ts" with { type: "text" };
import json from "../kit/json.ts" with { type: "text" };
import listing from "../kit/listing.ts" with { type: "text" };
import releases from "../kit/releases.ts" with { type: "text" };
import simplestreams from "../kit/simplestreams.ts" with { type: "text" };
import versions from "../kit/versions.ts" with { type: "text" };
import { KIT } from "./imports.ts";

const FILES: Readonly<Record<string, string>> = {
  [KIT]: kit,
  [`${KIT}/armor.ts`]: armor,
  [`${KIT}/checksums.ts`]: checksums,
  [`${KIT}/json.ts`]: json,
  [`${KIT}/listing.ts`]: listing,
  [`${KIT}/releases.ts`]: releases,
  [`${KIT}/simplestreams.ts`]: simplestreams,
  [`${KIT}/versions.ts`]: versions,
};

/** The kit's modules as JavaScript, by the names `resolveImport` gives them. */
export function kitModules(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(FILES).map(([name, text]) => [name, eraseTypes(text)]),
  );
}
