/**
 * Fetching in companies: certificate authorities of their own. Proxies need nothing from us, Deno's fetch knows
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 */
import { CubicError, describeFailure } from "./errors.ts";
import { isUntrusted } from "./http_error.ts";

/**
 * A fetch that trusts the certificate authorities in a PEM file beside those that Deno knows. The file is read at the
 * first request. A server that nobody vouches for is a CubicError "network" that tells how to trust it.
 */
export function trustingFetch(caFile: string | undefined): typeof fetch {
  let client: Promise<Deno.HttpClient> | undefined;
  return async (input, init) => {
    if (caFile !== undefined) client ??= trustingClient(caFile);
    try {
      return await fetch(input, client === undefined ? init : { ...init, client: await client });
    } catch (error) {
      throw isUntrusted(error) ? untrusted(input, caFile, error) : error;
    }
  };
}

/**
 * A client that trusts the authorities in a PEM file beside the usual ones.
 * @throws CubicError "file-not-found", "invalid-value" or "failed", naming the setting.
 */
export async function trustingClient(caFile: string): Promise<Deno.HttpClient> {
  const text = await Deno.readTextFile(caFile).catch((error) => {
    throw unreadable(caFile, error);
  });
  const caCerts = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (caCerts === null) throw unusable(caFile, "there is no certificate in PEM format in it");
  try {
    return Deno.createHttpClient({ caCerts });
  } catch (error) {
    throw unusable(caFile, "a certificate in it is damaged", error);
  }
}

const WHERE =
  "It takes the path of a PEM file; `cubic config list` tells its value and where that is from.";

function unreadable(caFile: string, error: unknown): CubicError {
  if (error instanceof Deno.errors.NotFound) {
    return new CubicError("file-not-found", `Cannot find the file of \`ca-file\`: ${caFile}`, {
      hint: WHERE,
      cause: error,
    });
  }
  const { code, message, details } = describeFailure(
    `read the file of \`ca-file\` ${caFile}`,
    error,
  );
  return new CubicError(code, message, { hint: WHERE, ...(details && { details }), cause: error });
}

function unusable(caFile: string, why: string, cause?: unknown): CubicError {
  return new CubicError("invalid-value", `Cannot use ${caFile} as \`ca-file\`: ${why}`, {
    hint: WHERE,
    cause,
  });
}

function untrusted(
  input: Parameters<typeof fetch>[0],
  caFile: string | undefined,
  cause: unknown,
): CubicError {
  const url = input instanceof Request ? input.url : String(input);
  const { host } = new URL(url);
  return new CubicError(
    "network",
    `Cannot trust ${host}: no known authority signed its certificate`,
    {
      hint: caFile === undefined
        ? "If your company has an authority of its own: `cubic config set ca-file FILE`, with its certificate in FILE."
        : `The authority is not in ${caFile} either; \`cubic config set ca-file FILE\` names another file.`,
      cause,
    },
  );
}
