/**
 * Writes docs/parity.md from docs/parity.toml: what upstream's cubic does, and the test that proves that ours does it
 * too. It fails where a test that is named does not exist.
 *
 *     deno run -A scripts/parity.ts            writes the page
 *     deno run -A scripts/parity.ts --check    only compares it
 */
import { parityFaults, parityPage, readRows } from "./parity/rows.ts";
import { testNames } from "./parity/test_names.ts";
import { complain, print } from "./terminal.ts";

const DATA = new URL("../docs/parity.toml", import.meta.url);
const PAGE = new URL("../docs/parity.md", import.meta.url);

/** What is wrong with the data and the page; nothing when all is well. */
export async function checkParity(): Promise<string[]> {
  const rows = readRows(await Deno.readTextFile(DATA));
  const faults = parityFaults(rows, await testNames());
  const page = await Deno.readTextFile(PAGE).catch(() => "");
  if (page !== parityPage(rows)) faults.push("docs/parity.md is stale: run scripts/parity.ts");
  return faults;
}

if (import.meta.main) {
  if (!Deno.args.includes("--check")) {
    await Deno.writeTextFile(PAGE, parityPage(readRows(await Deno.readTextFile(DATA))));
  }
  const faults = await checkParity();
  for (const fault of faults) complain(fault);
  if (faults.length > 0) Deno.exit(1);
  print("docs/parity.md is right");
}
