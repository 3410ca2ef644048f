import { equal, rejects } from "node:assert/strict";
import { Readable } from "node:stream";
import { isCubicError } from "../errors.ts";
import { ChannelReader } from "../ssh/channel_reader.ts";
import { readAnswer } from "./guest_answer.ts";

function startCommand() {
  const streams = [0, 1].map(() => new Readable({ read() {} }));
  const [stdout, stderr] = streams.map((stream) => new ChannelReader(stream, () => {}));
  let closed = false;
  const close = (): void => {
    closed = true;
    stdout!.discard();
  };
  const end = (): void => void streams.map((stream) => stream.push(null));
  return { stdout: stdout!, stderr: stderr!, close, end, isClosed: () => closed };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("readAnswer() returns all of an answer, letters cut in two as well", async () => {
  const command = startCommand();
  const answer = readAnswer(command, "look", { bytes: 4 });
  const bytes = encode("aüb");
  command.stdout.accept(bytes.subarray(0, 2));
  await Promise.resolve();
  command.stderr.accept(encode("noise"));
  command.stdout.accept(bytes.subarray(2));
  command.end();
  equal(await answer, "aüb");
  equal(command.isClosed(), false);
});

Deno.test("readAnswer() ends a command whose answer is too long", async () => {
  const command = startCommand();
  command.stdout.accept(encode("x".repeat(5)));
  await rejects(
    readAnswer(command, "look", { bytes: 4 }),
    (error) =>
      isCubicError(error, "transfer-failed") && /Cannot look: .* is longer/.test(error.message),
  );
  equal(command.isClosed(), true);
});

Deno.test("readAnswer() ends a command that falls silent", async () => {
  const command = startCommand();
  command.stdout.accept(encode("x"));
  await rejects(
    readAnswer(command, "look", { bytes: 4, silenceMs: 50 }),
    /Cannot look: the guest has said nothing for 0.05 s/,
  );
  equal(command.isClosed(), true);
});
