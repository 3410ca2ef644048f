/** What can be wrong with compressed data, in words. */
import { CubicError } from "../errors.ts";
import type { RemoteImage } from "../../plugins/contract.ts";

/** How a file can be compressed. */
export type Compression = NonNullable<RemoteImage["compression"]>;

/** A compressed file. */
export interface Packed {
  readonly file: string;
  readonly compression: Compression;
  /** What errors and progress call it. */
  readonly label: string;
}

/** What can be wrong with it. */
export type Damage = "cut" | "damaged" | "trailing" | "options" | "memory";

/** The programs that read every variant of their format. */
const PROGRAMS: Readonly<Record<Compression, string>> = {
  gzip: "gzip -dk",
  xz: "xz -dk",
  zstd: "zstd -dk --long=31",
};

/** The error to throw, "image-corrupt". */
export function damage(
  { label, compression }: Omit<Packed, "file">,
  kind: Damage,
  cause?: unknown,
): CubicError {
  const again = "Get the file again: what came is not what was sent.";
  const itself = `Unpack it with \`${PROGRAMS[compression]} FILE\` and use the result.`;
  const { reason, hint } = {
    cut: { reason: `its ${compression} data ends too early`, hint: again },
    damaged: { reason: `its ${compression} data is damaged`, hint: again },
    trailing: { reason: `something else follows its ${compression} data`, hint: again },
    options: { reason: `it uses options of ${compression} that cubic does not read`, hint: itself },
    memory: { reason: `it needs too much memory`, hint: itself },
  }[kind];
  return new CubicError("image-corrupt", `Cannot unpack ${label}: ${reason}`, { hint, cause });
}
