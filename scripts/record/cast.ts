/** A recorded terminal session: asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/. Pure. */

/** What a terminal printed, and when in seconds from the beginning. */
export interface CastEvent {
  readonly time: number;
  readonly text: string;
}

/** A session in a terminal of that many columns and rows. */
export interface Cast {
  readonly width: number;
  readonly height: number;
  readonly events: readonly CastEvent[];
}

/** The file: a header and a line for each event. */
export function formatCast({ width, height, events }: Cast): string {
  const header = { version: 2, width, height, env: { TERM: "xterm-256color" } };
  const lines = events.map(({ time, text }) => [Number(time.toFixed(3)), "o", text]);
  return [header, ...lines].map((line) => JSON.stringify(line) + "\n").join("");
}

/** Reads such a file. @throws Error when it is none. */
export function parseCast(text: string): Cast {
  const [header, ...lines] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  if (header?.version !== 2) throw new Error("Cannot read the recording: it is no asciicast v2");
  const { width, height } = header;
  return {
    width,
    height,
    events: lines.filter(([, kind]) => kind === "o").map(([time, , text]) => ({ time, text })),
  };
}
