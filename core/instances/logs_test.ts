import { equal, rejects } from "node:assert/strict";
import { instanceFiles } from "../paths.ts";
import { identifyProcess } from "../process.ts";
import { type LogRequest, readLog } from "./logs.ts";
import { runPlace, writeRun } from "./run_record.ts";
import { type Child, startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

Deno.test("readLog() yields the log byte for byte, and nothing of an instance that never ran", async () => {
  await using place = await makePlace();
  equal(await place.read({ kind: "console" }), "");
  equal(await place.read({ kind: "console", lines: 5, follow: true }), "");
  const text = "\x1b[31mé\r\n" + "x".repeat(200_000) + "\nno end";
  await Deno.writeTextFile(place.console, text);
  equal(await place.read({ kind: "console" }), text);
  equal(await place.read({ kind: "qemu" }), "");
});

Deno.test("readLog() begins with the last lines when asked to", async () => {
  await using place = await makePlace();
  const cases: readonly (readonly [string, number, string])[] = [
    ["a\nb\nc\n", 2, "b\nc\n"],
    ["a\nb\nc", 2, "b\nc"],
    ["a\nb\nc\n", 0, ""],
    ["a\nb\nc\n", 3, "a\nb\nc\n"],
    ["a\nb\nc\n", 9, "a\nb\nc\n"],
    ["\n\n\n", 2, "\n\n"],
    ["", 3, ""],
    [`${"y".repeat(70_000)}\n${"z".repeat(70_000)}\n`, 1, `${"z".repeat(70_000)}\n`],
    [`a\n${"z".repeat(65_535)}\n`, 1, `${"z".repeat(65_535)}\n`],
  ];
  for (const [text, lines, expected] of cases) {
    await Deno.writeTextFile(place.console, text);
    equal(await place.read({ kind: "console", lines }), expected, `${text.slice(0, 9)} ${lines}`);
  }
});

Deno.test("readLog() follows what comes until the instance stops, and loses nothing of its last words", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(place.console, "first\n");
  await using child = await place.run();
  const { host } = place.app;
  let turn = 0;
  // Each nap of the reader brings another line; in the third one the instance ends.
  const sleep = async (): Promise<void> => {
    turn++;
    if (turn === 3) await child.end();
    const more = turn <= 3 ? `line ${turn}\n` : "";
    await Deno.writeTextFile(place.console, more, { append: true });
  };
  const text = await place.read({ kind: "console", follow: true }, { ...host, sleep });
  equal(text, "first\nline 1\nline 2\nline 3\n");
});

Deno.test("readLog() begins anew when a restart made a new file", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(place.console, "a long first life\n");
  await using child = await place.run();
  let turn = 0;
  const sleep = async (): Promise<void> => {
    turn++;
    if (turn > 1) return await child.end();
    await Deno.rename(place.console, `${place.console}.1`);
    await Deno.writeTextFile(place.console, "second\n");
  };
  const request = { kind: "console", follow: true } as const;
  equal(
    await place.read(request, { ...place.app.host, sleep }),
    "a long first life\nsecond\n",
  );
});

Deno.test("readLog() ends when interrupted, and knows no instance that is not there", async () => {
  await using place = await makePlace();
  await using _child = await place.run();
  const request = { kind: "console", follow: true } as const;
  const reading = Array.fromAsync(readLog(place.app, "web", request, AbortSignal.timeout(30)));
  await rejects(reading, { code: "interrupted" });
  const none = readLog(place.app, "none", request, AbortSignal.timeout(30));
  await rejects(none.next(), { code: "instance-not-found" });
});

interface Place extends TempApp {
  readonly console: string;
  read(request: LogRequest, host?: TempApp["app"]["host"]): Promise<string>;
  /** Makes it a running instance, as far as its record can tell. */
  run(): Promise<Child>;
}

async function makePlace(): Promise<Place> {
  const temp = await makeTempApp();
  const { host, paths } = temp.app;
  const instance = await putInstance(paths);
  const files = instanceFiles(paths, "web");
  return {
    ...temp,
    console: files.consoleLog,
    async read(request, host = temp.app.host) {
      const { signal } = new AbortController();
      const chunks = await Array.fromAsync(readLog({ ...temp.app, host }, "web", request, signal));
      return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
    },
    async run() {
      const child = startSleeper();
      const process = (await identifyProcess(host, child.pid))!;
      const startedAt = "2025-01-02T03:04:05.000Z";
      const record = {
        ...await runPlace(paths, instance),
        process,
        accelerator: "tcg",
        startedAt,
      } as const;
      await writeRun(files, record);
      return child;
    },
  };
}
