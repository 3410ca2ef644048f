/** One scp that runs in the guest. */
import { exitCode, type RemoteProcess } from "../../ssh/process.ts";
import { guestFailure } from "../guest_failure.ts";
import { printable } from "../printable.ts";
import { type Ack, scpMessage, ScpReader } from "../scp_records.ts";

/** Comes before the first byte of the protocol: start-up files of the account's shell may print things. */
export const MARKER = "cubic-scp";

/** Nothing was moved, for this reason. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly reason: string;
}

/** One scp in the guest, and what it has to say when it fails. */
export class ScpSession {
  readonly process: RemoteProcess;
  readonly reader: ScpReader;
  readonly #stderr: Promise<string>;

  constructor(process: RemoteProcess) {
    this.process = process;
    this.reader = new ScpReader(process.stdout);
    // Read from the start: unread, it would stop the other output as well.
    this.#stderr = process.stderr.text();
  }

  /** The result when not even the script around scp was run. */
  async missing(): Promise<Unavailable> {
    const said = printable(await this.#stderr);
    return { kind: "unavailable", reason: said || "the guest runs no commands" };
  }

  /** The result when scp refused before any data moved. */
  async refused(ack: Ack): Promise<Unavailable> {
    return { kind: "unavailable", reason: await this.reason(ack) };
  }

  /** Why it went wrong, as far as the guest tells. */
  async reason(ack: Ack): Promise<string> {
    if (ack.kind === "refused") return ack.message;
    if (ack.kind === "garbage") return "the guest answers something that is not SCP";
    this.process.end();
    const status = await this.process.status;
    if (status.kind === "code" && status.code === 127) return "scp is not installed in the guest";
    const said = printable(await this.#stderr).replace(/^(sh: \d+: )?scp: /, "");
    return said ||
      (ack.kind === "end" ? "the guest's scp ended early" : "too few bytes were taken");
  }

  /** What it said on its error output, a line each, safe to show. */
  async complaints(): Promise<string[]> {
    return (await this.#stderr).split("\n").map(printable).filter((line) => line !== "");
  }

  /** Waits for the end and makes sure that it was a good one; with status 1 it only ends what complaints came before. */
  async finish(path: string, complained = false): Promise<void> {
    this.process.end();
    if (await this.reader.byte() !== undefined) {
      throw guestFailure(path, "the guest's scp sent more than it was asked for");
    }
    const code = exitCode(await this.process.status);
    if (code !== 0 && !(complained && code === 1)) {
      throw guestFailure(path, scpMessage(await this.#stderr) || `scp ended with status ${code}`);
    }
  }
}
