import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { fileStamp, findQemu, probeQemu } from "./locate.ts";
import { makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

/** A program that passes for QEMU: tells a version and how often it was asked for it. */
function script(version: string, sandbox: boolean): string {
  return `#!/bin/sh
echo "$*" >> "$0.runs"
case "$1" in
  --version) echo "QEMU emulator version ${version} (Debian 1:${version})" ;;
  -sandbox) exit ${sandbox ? 0 : 1} ;;
esac
`;
}

Deno.test("probeQemu() learns version and sandbox once, and again when the program changed", async () => {
  await using place = await makePlace(script("9.1.2", true));
  const { host, paths } = place.app;
  const first = await probeQemu(host, paths, "amd64");
  deepEqual([first.program, first.version, first.sandbox], [place.program, "9.1.2", true]);
  deepEqual(await probeQemu(host, paths, "amd64"), first);
  equal(await place.runs(), 2);
  await Deno.writeTextFile(place.program, script("10.0", false) + "# longer\n");
  const second = await probeQemu(host, paths, "amd64");
  deepEqual([second.version, second.sandbox], ["10.0", false]);
  equal(await place.runs(), 4);
});

Deno.test("probeQemu() asks again when what it kept is damaged", async () => {
  await using place = await makePlace(script("9.1.2", true));
  const { host, paths } = place.app;
  const first = await probeQemu(host, paths, "amd64");
  for (const text of ["", "null", "{", "{}"]) {
    await Deno.writeTextFile(join(paths.cache, "qemu-amd64.json"), text);
    deepEqual(await probeQemu(host, paths, "amd64"), first);
  }
});

Deno.test("probeQemu() says so when QEMU is there and can't run", async () => {
  await using place = await makePlace("#!/bin/sh\necho 'libfoo.so: not found' >&2\nexit 127\n");
  await rejects(probeQemu(place.app.host, place.app.paths, "amd64"), {
    code: "qemu-failed",
    message: /status 127/,
    details: "libfoo.so: not found",
  });
});

Deno.test("findQemu() names the command that installs what is missing", async () => {
  await using place = await makePlace(script("9", true));
  await Deno.remove(place.program);
  await rejects(findQemu(place.app.host, "amd64"), {
    code: "qemu-missing",
    message: /qemu-system-x86_64/,
    hint: /install .*qemu|qemu.*install|packages/s,
  });
});

Deno.test("fileStamp() changes with a file of the same size, and names its path", async () => {
  await using place = await makePlace("one");
  const before = await fileStamp(place.program);
  match(before, /qemu-system-x86_64/);
  await Deno.remove(place.program);
  await Deno.writeTextFile(place.program, "two");
  await Deno.utime(place.program, 1, 1);
  notEqual(await fileStamp(place.program), before);
});

interface Place extends TempApp {
  readonly program: string;
  runs(): Promise<number>;
}

async function makePlace(text: string): Promise<Place> {
  const temp = await makeTempApp({ os: "linux" });
  const program = join(temp.home, "qemu-system-x86_64");
  await Deno.writeTextFile(program, text, { mode: 0o755 });
  const env = temp.app.host.env;
  const host = {
    ...temp.app.host,
    env: (name: string) => name === "CUBIC_QEMU_DIR" ? temp.home : env(name),
  };
  return {
    ...temp,
    app: { ...temp.app, host },
    program,
    runs: async () => (await Deno.readTextFile(`${program}.runs`)).trim().split("\n").length,
  };
}
