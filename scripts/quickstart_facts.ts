/**
 * The two things `scripts/quickstart` has to know and a shell cannot find out:
 *
 *     quickstart_facts.ts fault URL     why a server cannot be used; nothing when it can
 *     quickstart_facts.ts state NAME    from `cubic instances --json` on stdin, the state of an instance; nothing when there is none
 */
import { print } from "./terminal.ts";

const PATIENCE_MS = 10_000;

/** Why the server behind the URL cannot be used, or an empty string when it can. */
export async function serverFault(url: string): Promise<string> {
  try {
    const response = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.ok ? "" : `it answers ${response.status} ${response.statusText}`.trim();
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return `no answer within ${PATIENCE_MS / 1000} seconds`;
    }
    return reason(error);
  }
}

/** The innermost message without the URL: the outer ones only say that fetching failed. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reason(error.cause);
  return error.message.replace(/^error sending request for url \(.*?\): /, "");
}

/** The state of the instance of that name in what `cubic instances --json` printed, or an empty string. */
export function instanceState(json: string, name: string): string {
  const answer = JSON.parse(json);
  const instances: { name: string; state: string }[] = Array.isArray(answer)
    ? answer
    : answer.instances;
  return instances.find((instance) => instance.name === name)?.state ?? "";
}

if (import.meta.main) {
  const [question, subject = ""] = Deno.args;
  if (question === "fault") print(await serverFault(subject));
  else print(instanceState(await new Response(Deno.stdin.readable).text(), subject));
}
