/** Whether a vendor's signature has to hold, can be checked, or is not there. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import { fetchBytes } from "./fetch.ts";
import type { KeySource } from "./keys.ts";
import type { ImageTarget } from "./name.ts";
import type { Wanted } from "./obtain.ts";
import type { SignedBy } from "./sidecar.ts";
import { verifyChecksumSignature, verifyImageSignature } from "./signature.ts";

/** Signatures, lists of checksums and keys are small; a keyring of a vendor has been seen with 2 MB. */
const LIMITS = { bytes: 4 * 1024 * 1024, timeoutMs: 30_000 };

/**
 * The checks of an image's signature. One that is wrong is always an error; one that can't be checked is a warning,
 * unless a signature is required.
 */
export function signatureChecks(
  app: App,
  { distro, id }: ImageTarget,
  remote: RemoteImage,
  required: boolean,
  operation: Operation,
): Pick<Wanted, "signedList" | "signedFile"> {
  const { signature } = remote;
  if (!signature) return required ? { signedList: () => Promise.reject(unsigned(id)) } : {};
  const source: KeySource = {
    host: app.host,
    paths: app.paths,
    fetchBytes: (url) => fetchBytes(app, distro, url, operation.signal, LIMITS),
  };
  const checked = (check: Promise<SignedBy>): Promise<SignedBy | undefined> =>
    tolerate(check, required, operation);
  if (signature.signs === "checksums") {
    const request = { distro: distro.name, image: remote, signature };
    return { signedList: () => checked(verifyChecksumSignature(source, request)) };
  }
  return {
    signedFile: (path) => {
      operation.report({ kind: "step", text: `Verifying the signature of ${id}` });
      const request = { distro: distro.name, image: remote, path, signature };
      return checked(verifyImageSignature(source, request, operation.signal));
    },
  };
}

async function tolerate(
  check: Promise<SignedBy>,
  required: boolean,
  { report }: Operation,
): Promise<SignedBy | undefined> {
  try {
    return await check;
  } catch (error) {
    if (required || !isCubicError(error, "signature-missing")) throw error;
    report({ kind: "warning", text: `${error.message}; the checksum alone has to do` });
    if (error.details) report({ kind: "debug", text: error.details });
    return undefined;
  }
}

function unsigned(id: string): CubicError {
  return new CubicError("signature-missing", `Cannot use ${id}: its vendor signs nothing`, {
    hint: "Its checksum came over https. To accept that, leave --require-signature out, or " +
      "`cubic config unset require-signature`.",
  });
}
