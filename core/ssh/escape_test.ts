import { deepEqual, equal } from "node:assert/strict";
import { decodeEscapes, type EscapeState, INITIAL_ESCAPE_STATE } from "./escape.ts";

/** Feeds pieces and shows what comes out: sent text, <detach>, <help>. */
function run(...pieces: string[]): string {
  let state: EscapeState = INITIAL_ESCAPE_STATE;
  let out = "";
  for (const piece of pieces) {
    const decoded = decodeEscapes(state, new TextEncoder().encode(piece));
    state = decoded.state;
    for (const event of decoded.events) {
      out += event.kind === "data" ? new TextDecoder().decode(event.bytes) : `<${event.kind}>`;
    }
  }
  return out;
}

Deno.test("decodeEscapes() detaches on ~. at the start of the session and of a line", () => {
  equal(run("~."), "<detach>");
  equal(run("ls\r~."), "ls\r<detach>");
  equal(run("ls\n~."), "ls\n<detach>");
  equal(run("ls\r", "~", "."), "ls\r<detach>");
});

Deno.test("decodeEscapes() drops what was typed after ~.", () => {
  equal(run("a\r~.rm -rf /\r"), "a\r<detach>");
});

Deno.test("decodeEscapes() leaves ~. in the middle of a line alone", () => {
  equal(run("cd ~.\r"), "cd ~.\r");
  equal(run("x~.", "~."), "x~.~.");
});

Deno.test("decodeEscapes() sends one tilde for ~~", () => {
  equal(run("~~"), "~");
  equal(run("~~."), "~.");
  equal(run("~~~."), "~~.");
});

Deno.test("decodeEscapes() lists the keys on ~? and is at the start of a line again", () => {
  equal(run("~?"), "<help>");
  equal(run("~?~."), "<help><detach>");
});

Deno.test("decodeEscapes() passes any other key on, with its tilde", () => {
  equal(run("~a"), "~a");
  equal(run("~/bin\r"), "~/bin\r");
  equal(run("~", "x"), "~x");
  equal(run("~\r~."), "~\r<detach>");
});

Deno.test("decodeEscapes() holds a tilde back until the next key", () => {
  deepEqual(decodeEscapes("line-start", Uint8Array.of(0x7e)), { state: "tilde", events: [] });
});

Deno.test("decodeEscapes() keeps every byte of input that has no escape, however it is cut", () => {
  const input = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7 + 13) % 256)
    .filter((byte) => byte !== 0x7e);
  for (const size of [1, 2, 3, 1000, 4096]) {
    const sent: number[] = [];
    let state: EscapeState = INITIAL_ESCAPE_STATE;
    for (let at = 0; at < input.length; at += size) {
      const decoded = decodeEscapes(state, input.subarray(at, at + size));
      state = decoded.state;
      for (const event of decoded.events) {
        if (event.kind === "data") sent.push(...event.bytes);
      }
    }
    deepEqual(Uint8Array.from(sent), input);
  }
});

Deno.test("decodeEscapes() gives the same for any cut of input full of tildes", () => {
  const text = "~~a\r~b~.\r~~~?\r\n~x";
  const whole = run(text);
  for (let cut = 1; cut < text.length; cut++) {
    equal(run(text.slice(0, cut), text.slice(cut)), whole);
  }
  equal(run(...text), whole);
});
