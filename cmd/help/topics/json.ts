/** `cubic help json` */
import { RESULTS, VERSION } from "../../schema/results.ts";

/** What programs can rely on. */
export function text(): string {
  return `
OUTPUT FOR PROGRAMS

--json prints the result on standard output as JSON, --format yaml as YAML.
Messages, warnings and progress are on standard error. --quiet prints the names
of a list alone, one a line.

  cubic instances --json | jq -r '.[] | select(.state == "running") | .name'

  - Lists are arrays, also when they are empty. events, logs and stats --stream
    print a value a line.
  - run prints a result with --detach: a session prints what the guest says.
  - Names are in camelCase, sizes are bytes, times ISO 8601 in UTC, durations
    milliseconds.
  - A field never changes its meaning or its type. What is not known is null or
    left out, as the schema tells.
  - Within version ${VERSION} of the schemas fields are only added: ignore those that
    you don't know.

\`cubic schema COMMAND\` prints the JSON Schema of a result. These have one:

${Object.keys(RESULTS).map((path) => `  cubic ${path}`).join("\n")}
`;
}
