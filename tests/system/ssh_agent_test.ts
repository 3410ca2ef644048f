/** The user's ssh-agent in a guest: a real ssh-agent, a real sshd, `ssh-add` in the session. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { connectRunning } from "../../core/instances/connect.ts";
import { runLine } from "../../core/instances/guest_line.ts";
import { requireAgent } from "../../core/ssh/agent.ts";
import { generateKeyPair } from "../../core/ssh/keys.ts";
import { startChild } from "../support/child.ts";
import { pretendGuest } from "../support/pretended_guest.ts";
import { eventually } from "../support/sandbox.ts";
import { makeOperation, makeTempApp, type TempApp } from "../support/temp_app.ts";
import { startSshd } from "../support/sshd.ts";

interface Agent extends AsyncDisposable {
  readonly socket: string;
}

/** An agent with one key, which has a comment. */
async function startAgent({ app, home }: TempApp, comment: string): Promise<Agent> {
  const socket = join(home, "agent");
  const child = startChild("ssh-agent", ["-D", "-a", socket]);
  await eventually("an agent", () => Deno.stat(socket).then(() => true, () => false));
  const key = join(home, "key");
  await Deno.writeTextFile(key, (await generateKeyPair(comment)).privateKey, { mode: 0o600 });
  const { code, stderr } = await app.host.run("ssh-add", [key], { env: { SSH_AUTH_SOCK: socket } });
  equal(code, 0, stderr);
  return { socket, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** What the guest says to a line, in a session with that agent. */
async function say({ app }: TempApp, line: string, agent?: string): Promise<string> {
  const { operation } = makeOperation();
  const options = agent === undefined ? {} : { agent };
  using connection = await connectRunning(app, { name: "web" }, options, operation);
  return (await runLine(connection, line, 20_000, operation.signal)).words;
}

Deno.test("a guest sees the keys of the user's agent when it is lent, in every session", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  await using agent = await startAgent(temp, "ann@laptop");
  match(await say(temp, "ssh-add -l", agent.socket), /^256 SHA256:\S+ ann@laptop \(ED25519\)$/);
  match(await say(temp, "ssh-add -l; ssh-add -L", agent.socket), /ssh-ed25519 \S+ ann@laptop$/);
});

Deno.test("a guest can log in elsewhere with a key that it never sees", async () => {
  await using temp = await makeTempApp();
  await using guest = await pretendGuest(temp.app);
  await using elsewhere = await startSshd();
  await using agent = await startAgent(temp, "ann@laptop");
  const key = await Deno.readTextFile(join(temp.home, "key"));
  const { code, stdout } = await temp.app.host.run("ssh-keygen", [
    "-y",
    "-f",
    join(temp.home, "key"),
  ]);
  equal(code, 0, key);
  await Deno.writeTextFile(join(elsewhere.dir, "authorized_keys"), stdout);
  const { port, user } = elsewhere.target;
  const options =
    "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -q";
  const line = `ssh ${options} -p ${port} ${user}@127.0.0.1 echo from afar`;
  equal(await say(temp, line, agent.socket), "from afar");
  match(await say(temp, `${line} || echo refused`), /refused$/);
  equal(guest.instance.name, "web");
});

Deno.test("a guest sees no agent unasked", async () => {
  await using temp = await makeTempApp();
  await using _guest = await pretendGuest(temp.app);
  equal(await say(temp, 'echo "agent: ${SSH_AUTH_SOCK:-none}"'), "agent: none");
});

Deno.test("requireAgent() names what is missing", async () => {
  await using temp = await makeTempApp();
  await using agent = await startAgent(temp, "x");
  equal(await requireAgent(agent.socket), agent.socket);
  await rejects(requireAgent(undefined), {
    message: "Cannot lend the guest your ssh-agent: SSH_AUTH_SOCK is not set",
  });
  const gone = join(temp.home, "gone");
  await rejects(requireAgent(gone), ({ code, message, hint }) => {
    deepEqual([code, message], [
      "failed",
      `Cannot lend the guest your ssh-agent: nothing listens on ${gone}`,
    ]);
    match(hint, /leave -A out/);
    return true;
  });
});
