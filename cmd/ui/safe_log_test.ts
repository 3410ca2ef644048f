import { equal } from "node:assert/strict";
import { safeLog } from "./safe_log.ts";

const encoder = new TextEncoder();

/** What comes of a log that arrives in these pieces. */
function shown(...pieces: string[]): string {
  const safe = safeLog();
  return pieces.map((piece) => safe(encoder.encode(piece))).join("") + safe();
}

Deno.test("a log on a terminal has its words and nothing that drives the terminal", () => {
  equal(shown("\x1b[32m  OK  \x1b[0m Started \x1b]0;owned\x07ssh\r\n"), "  OK   Started ssh\n");
  equal(shown("a\x1bPq#0\x1b\\b\x1b(Bc\x07\x9b2Jd\x1b[?1049he"), "abc2Jde");
  equal(shown("rtl \u202e mark\ttab é"), "rtl  mark\ttab é");
});

Deno.test("a log that draws a line over again shows each drawing", () => {
  equal(shown("[*  ] wait\r[ * ] wait\r\r\ndone\r"), "[*  ] wait\n[ * ] wait\ndone\n");
});

Deno.test("a log comes out the same however it is cut", () => {
  const text = "a\x1b[1;31mred\x1b[0m\r\n\x1b]2;title\x1b\\b\u00e9\x1b7c\rd\n";
  const bytes = encoder.encode(text);
  const whole = shown(text);
  equal(whole, "ared\nbéc\nd\n");
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const safe = safeLog();
      const pieces = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
      equal(pieces.map((piece) => safe(piece)).join("") + safe(), whole, `${first}, ${second}`);
    }
  }
});

Deno.test("a sequence without an end does not swallow the log", () => {
  const safe = safeLog();
  safe(encoder.encode("\x1b]0;"));
  const text = "x".repeat(1000);
  equal(safe(encoder.encode(`${text}\nafter`)).endsWith("after"), true);
});
