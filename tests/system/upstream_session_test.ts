/** exec and ssh as a script meets them: processes of the real program, whose guest is an sshd of this host. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { Cli } from "../support/cli.ts";
import { type PretendedGuest, pretendGuest } from "../support/pretended_guest.ts";
import { testProgram } from "../support/program.ts";

interface Place extends AsyncDisposable {
  readonly cli: Cli;
  readonly guest: PretendedGuest;
  /** The whole environment of a shell that runs `$CUBIC` here. */
  readonly env: Readonly<Record<string, string>>;
}

/** An instance "web" that runs. */
async function makePlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const cli = stack.use(await Cli.create());
  const guest = stack.use(await pretendGuest(await cli.app()));
  const program = await testProgram();
  const env = {
    ...program.env,
    CUBIC: program.words.join(" "),
    CUBIC_HOME: cli.home,
    TMPDIR: join(cli.home, ".."),
    NO_COLOR: "1",
  };
  const rest = stack.move();
  return { cli, guest, env, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Runs a line of shell without a terminal; `setsid` takes away even the one that could be opened. */
async function script(place: Place, line: string): Promise<[number, string, string]> {
  const words = Deno.build.os === "linux" ? ["setsid", "-w", "sh"] : ["sh"];
  const [program = "", ...rest] = words;
  return await run([program, ...rest, "-c", line], place.env);
}

Deno.test("exec in a script: status, streams and input are the command's (upstream fault 5)", async () => {
  await using place = await makePlace();
  deepEqual(await script(place, "$CUBIC exec web 'exit 42'"), [42, "", ""]);
  // Neither is a carriage return put in, as a terminal would.
  const apart = await script(place, "$CUBIC exec web 'echo out; echo err >&2; tty'");
  deepEqual(apart, [1, "out\nnot a tty\n", "err\n"]);
  // The end of the input is not the end of the session.
  const slow = "cat >/dev/null; sleep 1; seq 20000 | tail -1";
  deepEqual(await script(place, `$CUBIC exec web '${slow}' </dev/null`), [0, "20000\n", ""]);
  deepEqual(await script(place, "seq 50000 | $CUBIC exec web -- wc -l"), [0, "50000\n", ""]);
});

Deno.test("a session ends with its command, though nobody types or closes the input (upstream fault 4)", async () => {
  await using place = await makePlace();
  for (const line of ["exec web 'exit 3'", "ssh web -- sh -c 'exit 3'"]) {
    const child = new Deno.Command("sh", {
      args: ["-c", `exec $CUBIC ${line}`],
      env: place.env,
      ...{ clearEnv: true, stdin: "piped", stdout: "null", stderr: "null" },
    }).spawn();
    const late = setTimeout(() => child.kill("SIGKILL"), 60_000);
    // What could be typed into stays open until the end.
    equal((await child.status).code, 3, line);
    clearTimeout(late);
    await child.stdin.close();
  }
});

Deno.test("a guest is offered the instance's key and none of its user's own (upstream fault 21)", async () => {
  await using place = await makePlace();
  const { guest, cli, env } = place;
  const home = join(cli.home, "person");
  await Deno.mkdir(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  const own = await generateKeyPair("own");
  await Deno.writeTextFile(join(home, ".ssh", "id_ed25519"), own.privateKey, { mode: 0o600 });
  await Deno.writeTextFile(join(guest.sshd.dir, "authorized_keys"), `${own.publicKey}\n`);
  const line = "$CUBIC exec --timeout 5s web -- true";
  const [code, , stderr] = await run(["sh", "-c", line], { ...env, HOME: home });
  equal(code, 255, stderr);
  // It came as far as showing a key.
  match(await guest.sshd.log(), /authenticating user/);
  doesNotMatch(await guest.sshd.log(), /Accepted/);
});

async function run(
  [command = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<[number, string, string]> {
  const options = { args, env, clearEnv: true, stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  const text = new TextDecoder();
  return [code, text.decode(stdout), text.decode(stderr)];
}
