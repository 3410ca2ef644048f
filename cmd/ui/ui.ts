/** The one object that writes to the terminal: data to stdout, everything else to stderr. */
import { describeFailure, interrupted } from "../../core/errors.ts";
import type { Progress, Report } from "../../core/progress.ts";
import { drawLines, ERASE, IDLE, isIdle, type Live, measureAll, renderLive } from "./live.ts";
import { withBytes, withoutTransfer, withStep } from "./live.ts";
import { plainBytesLine } from "./progress.ts";
import { jsonText, paint, printable, type Style } from "./text.ts";
import { wrapText } from "./wrap.ts";

/** The streams of the program; tests bring their own. */
export interface Terminal {
  writeOut(bytes: Uint8Array): Promise<void>;
  writeErr(bytes: Uint8Array): void;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Columns of the terminal; 0 when unknown. */
  columns(): number;
  /** Rows of the terminal; 0 when unknown. */
  rows(): number;
  /** A line of input without its end; undefined at the end of input. */
  readLine(): Promise<string | undefined>;
  env(name: string): string | undefined;
}

/** How much is said. */
export type Loudness = "quiet" | "normal" | "verbose";

const FRAME_MS = 100;

/** Writes results, messages and progress. */
export class Ui {
  readonly terminal: Terminal;
  loudness: Loudness = "normal";
  /** Progress events end up here. */
  readonly report: Report = (event) => this.#show(event);
  #live = IDLE;
  #drawn = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What was said last without live lines, so that it is not said again: the step, the bytes of each label. */
  readonly #said = { step: "", bytes: new Map<string, number>() };
  readonly #encoder = new TextEncoder();

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** Writes a result to stdout, with a line end. */
  async out(text: string): Promise<void> {
    await this.bytes(this.#encoder.encode(text.endsWith("\n") ? text : text + "\n"));
  }

  /**
   * Writes bytes to stdout as they are.
   * @throws Deno.errors.BrokenPipe when nobody reads them any more, CubicError when the disk is full.
   */
  async bytes(bytes: Uint8Array): Promise<void> {
    this.#erase();
    try {
      await this.terminal.writeOut(bytes);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      throw describeFailure("write the output", error);
    }
  }

  /** Columns a line on stdout may take: the terminal's; Infinity without one, or when it does not tell. */
  width(): number {
    return (this.terminal.stdoutIsTerminal && this.terminal.columns()) || Infinity;
  }

  /** Writes a value to stdout as JSON. */
  async json(value: unknown): Promise<void> {
    await this.out(jsonText(value, 2));
  }

  /** Writes a value of a stream to stdout: JSON on a line of its own. */
  async jsonLine(value: unknown): Promise<void> {
    await this.out(jsonText(value));
  }

  /** Writes a line to stderr, whatever the loudness. */
  err(text: string): void {
    this.#erase();
    this.#write(text.endsWith("\n") ? text : text + "\n");
  }

  /** Says that something was done; silent with --quiet. */
  note(text: string): void {
    if (this.loudness !== "quiet") this.err(this.#wrapped(printable(text)));
  }

  /** Writes a message behind a painted label to stderr, whatever the loudness. */
  labelled(label: string, style: Style, text: string): void {
    this.err(`${this.style(label, style)} ${this.#wrapped(printable(text), label.length + 1)}`);
  }

  /** Marks up text for stderr, if that shows colours. */
  style(text: string, style: Style): string {
    return paint(text, style, this.#color(this.terminal.stderrIsTerminal));
  }

  /** Marks up text for stdout, if that shows colours. */
  styleOut(text: string, style: Style): string {
    return paint(text, style, this.#color(this.terminal.stdoutIsTerminal));
  }

  /** Takes the live lines away; to be called before somebody else writes to the terminal. */
  settle(): void {
    // Without one it would do nothing, after it had loaded Node's timers: half the time of a start.
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#live = IDLE;
  }

  /**
   * Asks a yes-or-no question; only "y" and "yes" are a yes. Undefined when nobody can answer.
   * @throws CubicError "interrupted" when aborted.
   */
  async confirm(question: string, signal: AbortSignal): Promise<boolean | undefined> {
    if (!this.terminal.stdinIsTerminal || !this.terminal.stderrIsTerminal) return undefined;
    this.settle();
    this.#write(`${printable(question)} [y/N] `);
    const answer = await this.#answer(signal);
    if (answer === undefined) this.#write("\n");
    if (signal.aborted) throw interrupted();
    return /^y(es)?$/i.test((answer ?? "").trim());
  }

  /** The line that is typed; undefined at the end of input and when the signal is aborted. */
  async #answer(signal: AbortSignal): Promise<string | undefined> {
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = (): void => aborted.resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([aborted.promise, this.terminal.readLine()]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #show(event: Progress): void {
    switch (event.kind) {
      case "step":
        return this.#step(event.text);
      case "bytes":
        return this.#bytes(event);
      case "done":
        return this.#done(event.label);
      case "note":
        return this.note(event.text);
      case "warning":
        return this.labelled("warning:", "yellow", event.text);
      case "debug":
        if (this.loudness === "verbose") this.err(this.style(printable(event.text), "dim"));
    }
  }

  #step(text: string): void {
    if (this.#draws()) return this.#activate(withStep(this.#live, text, performance.now()));
    if (this.#said.step === text) return;
    this.note(text);
    this.#said.step = text;
  }

  #bytes(event: Progress & { readonly kind: "bytes" }): void {
    if (this.#draws()) return this.#activate(withBytes(this.#live, event, performance.now()));
    const { label, done, total } = event;
    const line = plainBytesLine(label, this.#said.bytes.get(label) ?? 0, done, total);
    if (line !== undefined) this.note(line);
    this.#said.bytes.set(label, done);
  }

  #done(label: string): void {
    this.#said.bytes.delete(label);
    this.#live = withoutTransfer(this.#live, label);
  }

  /** The timer draws, so that a thousand events a second cost a thousand assignments and ten writes. */
  #activate(live: Live): void {
    this.#live = live;
    if (this.#timer !== undefined) return;
    this.#draw();
    const timer = setInterval(() => this.#draw(), FRAME_MS);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  /** One write a frame, so that the terminal never shows half of one. */
  #draw(): void {
    if (isIdle(this.#live)) return this.#erase();
    const now = performance.now();
    this.#live = measureAll(this.#live, now);
    const size = { columns: this.terminal.columns(), rows: this.terminal.rows() };
    this.#write(ERASE + drawLines(renderLive(this.#live, now, size)));
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) this.#write(ERASE);
    this.#drawn = false;
  }

  #draws(): boolean {
    return this.loudness !== "quiet" && this.terminal.stderrIsTerminal &&
      this.terminal.env("TERM") !== "dumb";
  }

  #color(isTerminal: boolean): boolean {
    return isTerminal && this.terminal.env("NO_COLOR") === undefined &&
      this.terminal.env("TERM") !== "dumb";
  }

  /** Off a terminal a line is as long as it is: programs read it. */
  #wrapped(text: string, used = 0): string {
    const columns = this.terminal.stderrIsTerminal ? this.terminal.columns() : 0;
    return columns > 0 ? wrapText(text, columns, used) : text;
  }

  #write(text: string): void {
    this.terminal.writeErr(this.#encoder.encode(text));
  }
}
