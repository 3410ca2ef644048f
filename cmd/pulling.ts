/** Commands that download several images: some at once, each told when it is there. */
import { CubicError, describeFailure } from "../core/errors.ts";
import type { Pulled } from "../core/images/pull.ts";
import { formatSize } from "../core/size.ts";
import type { Context } from "./context.ts";
import { type OutputFlags, outputForm, printResult } from "./output.ts";
import { printError } from "./ui/errors.ts";
import { HOW_VERIFIED } from "./ui/images.ts";

/** More do not make a line faster. */
const AT_ONCE = 3;

/** What to download. */
export interface Pulling {
  readonly names: readonly string[];
  /** The form in which the results are printed. */
  readonly flags: OutputFlags;
}

/**
 * Downloads images by `pull`; what fails does not keep the others.
 * @throws CubicError the failure itself when there is one name, a summary with the first one's code when there are
 * more; each of those was printed.
 */
export async function pullAll(
  context: Context,
  { names, flags }: Pulling,
  pull: (name: string) => Promise<Pulled & { readonly shown: Record<string, unknown> }>,
): Promise<void> {
  const results: Record<string, unknown>[] = [];
  const failures: CubicError[] = [];
  const unique = [...new Set(names)];
  const waiting = [...unique];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      try {
        const { shown, ...pulled } = await pull(name);
        results.push({ ...shown, already: pulled.already });
        if (outputForm(flags) === "table") context.ui.note(sayPulled(pulled));
      } catch (error) {
        const failure = describeFailure(`pull "${name}"`, error);
        failures.push(failure);
        if (unique.length > 1 && failure.code !== "interrupted") printError(context.ui, failure);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await printResult(context, flags, { value: results });
  const first = failures.find(({ code }) => code === "interrupted") ?? failures[0];
  if (!first) return;
  if (unique.length === 1 || first.code === "interrupted") throw first;
  throw new CubicError(first.code, `Cannot pull ${failures.length} of ${unique.length} images`);
}

function sayPulled({ image, already }: Pulled): string {
  const name = image.names[0] ?? image.source;
  const size = formatSize(image.size);
  const how = HOW_VERIFIED[image.verified];
  return already ? `${name} is up to date` : `Pulled ${name}: ${size}, verified ${how}`;
}
