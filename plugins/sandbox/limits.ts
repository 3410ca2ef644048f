/** What one question to a plugin may cost. */

/** The limits of one call into a plugin. */
export interface SandboxLimits {
  /** Bytes its values and its code may take. */
  readonly memory: number;
  /** Bytes of stack inside the virtual machine. */
  readonly stack: number;
  /** Milliseconds of computing, waiting for fetches not counted. */
  readonly cpuMs: number;
  /** Milliseconds from start to answer, fetches and all. */
  readonly wallMs: number;
  readonly fetches: number;
  /** Characters of all fetched texts together. */
  readonly fetchedLength: number;
  /** Characters of the URL of one fetch. */
  readonly urlLength: number;
  /** Characters of the answer, as JSON. */
  readonly answerLength: number;
}

/** What every plugin gets; docs/plugins.md lists these. */
export const SANDBOX_LIMITS: SandboxLimits = {
  memory: 64 * 1024 * 1024,
  stack: 256 * 1024,
  cpuMs: 5000,
  wallMs: 30_000,
  fetches: 64,
  fetchedLength: 32 * 1024 * 1024,
  urlLength: 2048,
  answerLength: 1024 * 1024,
};
