/** From what was found out about signatures to a yes, or to an error that says what to do next. */
import { CubicError } from "../errors.ts";
import type { AbsentKey, KeyRing } from "./keys.ts";
import type { Finding, Remedy, Verified } from "./signature_check.ts";

/** What is verified, for errors. */
export interface Subject {
  /** The distro's name, for hints. */
  readonly distro: string;
  /** The name of the file that is signed. */
  readonly file: string;
}

const DO_NOT_USE =
  "Do not use this image. Try again later or from another mirror; if it stays so, " +
  "tell the vendor.";

/** True when newer copies of the keys may turn a no into a yes. */
export function isStale(findings: readonly Finding[]): boolean {
  if (findings.some(({ kind }) => kind === "good" || kind === "bad")) return false;
  return findings.some((finding) =>
    finding.kind === "unknown" || (finding.kind === "refused" && finding.remedy === "newer key")
  );
}

/**
 * One good signature by a pinned key is enough, unless another one by a pinned key is bad. Signatures by other keys
 * count for nothing.
 * @throws CubicError "signature-wrong"; "signature-missing" when the key that may have signed is not there.
 */
export function conclude(
  subject: Subject,
  findings: readonly Finding[],
  { absent }: Pick<KeyRing, "absent">,
): Verified {
  for (const kind of ["bad", "good", "refused"] as const) {
    const finding = findings.find((finding) => finding.kind === kind);
    if (finding?.kind === "good") return finding.verified;
    if (finding?.kind === "bad" || finding?.kind === "refused") throw refused(subject, finding);
  }
  throw findings.length === 0
    ? wrong(subject, "it has no signature over a file")
    : unknownKey(subject, findings, absent);
}

/** The error for what is signed wrongly. */
export function wrong({ file }: Subject, reason: string, cause?: unknown): CubicError {
  return new CubicError("signature-wrong", `Cannot trust ${file}: ${reason}`, {
    hint: DO_NOT_USE,
    ...(cause instanceof Error && { details: cause.message, cause }),
  });
}

/** The error for what could not be fetched. */
export function missing({ file }: Subject, url: string, cause: unknown): CubicError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CubicError(
    "signature-missing",
    `Cannot verify the signature of ${file}: a part of it can't be fetched`,
    {
      hint: "Check the network; if you use a mirror, see whether it carries the signatures too.",
      details: `${url}\n${reason}`,
      cause,
    },
  );
}

type Refusal = Extract<Finding, { readonly kind: "bad" | "refused" }>;

function refused({ distro, file }: Subject, { fingerprint, reason, remedy }: Refusal): CubicError {
  const hints: Readonly<Record<Remedy, string>> = {
    "newer key":
      `If the vendor has renewed the key, \`cubic distro trust ${distro} KEYFILE\` takes it.`,
    "clock": "Check the clock of this computer with `date`.",
    "none": DO_NOT_USE,
  };
  return new CubicError(
    "signature-wrong",
    `Cannot trust ${file}: its signature is no good, ${reason}`,
    {
      hint: hints[remedy],
      details: `The key is ${fingerprint}.`,
    },
  );
}

function unknownKey(
  { distro, file }: Subject,
  findings: readonly Finding[],
  absent: readonly AbsentKey[],
): CubicError {
  const ids = findings.flatMap((finding) => finding.kind === "unknown" ? [finding.keyId] : []);
  const details = [
    `Signed by ${ids.join(", ")}`,
    ...absent.map(({ fingerprint, reason }) => `Key ${fingerprint}: ${reason}`),
  ].join("\n");
  if (absent.some(({ replaced }) => !replaced)) {
    return new CubicError(
      "signature-missing",
      `Cannot verify the signature of ${file}: the key is not there`,
      {
        hint: `Get it from the vendor and give it with \`cubic distro trust ${distro} KEYFILE\`.`,
        details,
      },
    );
  }
  return new CubicError(
    "signature-wrong",
    `Cannot trust ${file}: it is signed by a key that ${distro} does not name`,
    { hint: DO_NOT_USE, details },
  );
}
