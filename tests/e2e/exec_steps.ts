/** What `cubic exec` promises of a real guest, "web" with the user "ada": steps of the test that has one booted. */
import { equal, match } from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { Sandbox } from "../support/sandbox.ts";

/** The command's own exit code, or 128 and the number of the signal that ended it. */
export async function returnExitCodes(sandbox: Sandbox): Promise<void> {
  for (const code of [0, 1, 2, 42, 126, 127, 128, 254, 255]) {
    equal((await sandbox.cubic("exec", "web", "--", "sh", "-c", `exit ${code}`)).code, code);
  }
  equal((await sandbox.cubic("exec", "web", "kill -9 $$")).code, 128 + 9);
  equal((await sandbox.cubic("exec", "web", "kill -TERM $$")).code, 128 + 15);
  equal((await sandbox.cubic("exec", "web", "--", "no-such-program")).code, 127);
}

/** Arguments, environment, both outputs, and users. */
export async function keepApart(sandbox: Sandbox): Promise<void> {
  const odd = `a b'c"d$HOME*\\`;
  equal(await sandbox.ok("exec", "web", "--", "printf", "%s|", odd, "", "-n"), `${odd}||-n|`);
  equal(await sandbox.ok("exec", "web", "echo $((6 * 7)) | cat"), "42\n");
  const { stdout, stderr } = await sandbox.cubic("exec", "web", "echo out; echo err >&2");
  equal(stdout, "out\n");
  equal(stderr, "err\n");
  equal(
    await sandbox.ok("exec", "--env", `ODD=${odd}`, "web", "--", "printenv", "ODD"),
    `${odd}\n`,
  );
  equal(await sandbox.ok("exec", "ada@web", "--", "id", "-un"), "ada\n");
  const stranger = await sandbox.cubic("exec", "root@web", "--", "true");
  equal(stranger.code, 255);
  match(stranger.stderr, /Cannot log in to root@.*does not accept the instance's key/);
}

/** Random bytes go through `cat` in the guest and come back the same. */
export async function echoBytes(sandbox: Sandbox, bytes: number): Promise<void> {
  const child = sandbox.spawn("exec", "web", "--", "cat");
  const sent = createHash("sha256");
  const received = createHash("sha256");
  const send = async (): Promise<void> => {
    const writer = child.stdin.getWriter();
    for (let left = bytes; left > 0;) {
      const chunk = randomBytes(Math.min(left, 1024 ** 2));
      sent.update(chunk);
      await writer.write(new Uint8Array(chunk));
      left -= chunk.length;
    }
    await writer.close();
  };
  const receive = async (): Promise<void> => {
    for await (const chunk of child.stdout) received.update(chunk);
  };
  const errors = new Response(child.stderr).text();
  await Promise.all([send(), receive()]);
  equal((await child.status).code, 0, await errors);
  equal(received.digest("hex"), sent.digest("hex"));
}
