/** Looking at a stored image again: is it still what was verified when it came? */
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { digestFile } from "./digest.ts";
import type { StoredImage } from "./sidecar.ts";
import { checkImage } from "./convert.ts";

/**
 * Reads the whole file again and has qemu-img check its structure.
 * @throws CubicError "image-corrupt" with what to type to get it anew; "interrupted".
 */
export async function verifyStored(
  { host }: App,
  image: StoredImage,
  { signal, report }: Operation,
): Promise<void> {
  const { path, names, checksum } = image;
  const name = names[0] ?? checksum.digest.slice(0, 12);
  report({ kind: "step", text: `Verifying ${name}` });
  const digest = await digestFile(path, checksum.algorithm, signal);
  if (digest !== checksum.digest) {
    throw damaged(name, `${checksum.algorithm} must be ${checksum.digest}, but is ${digest}`);
  }
  const check = await checkImage(host, path, signal);
  if (!check.ok) throw damaged(name, check.problem);
}

function damaged(name: string, details: string): CubicError {
  return new CubicError("image-corrupt", `The stored image ${name} is damaged`, {
    details,
    hint: `\`cubic image pull --again ${name}\` replaces it; instances on it may be damaged too.`,
  });
}
