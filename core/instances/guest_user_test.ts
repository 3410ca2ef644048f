import { match, rejects } from "node:assert/strict";
import { ensureGuestUser } from "./guest_user.ts";
import { instanceFiles } from "../paths.ts";
import { pretendGuest } from "../../tests/support/pretended_guest.ts";
import type { SshdOptions } from "../../tests/support/sshd.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

/** Asks a guest for a user whose every command is that one, so that this host gets none. */
async function makeUser(command: string, signal?: AbortSignal): Promise<void> {
  await using temp = await makeTempApp();
  const options: SshdOptions = { config: [`ForceCommand ${command}`] };
  await using guest = await pretendGuest(temp.app, options);
  const { clientKey } = instanceFiles(temp.app.paths, "web");
  await Deno.writeTextFile(`${clientKey}.pub`, "ssh-ed25519 AAAA\n");
  const { operation } = makeOperation();
  await ensureGuestUser(temp.app, guest.instance, "bob", {
    ...operation,
    ...(signal && { signal }),
  });
}

Deno.test("a guest that never ends making a user can be left", async () => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 1500);
  await rejects(makeUser("sleep 4; exit 1", stop.signal), { code: "interrupted" });
  clearTimeout(timer);
});

Deno.test("what the guest said comes with the error, and what its user lacks", async () => {
  await rejects(makeUser("echo 'sudo: a password is required'; exit 1"), (error: Error) => {
    match(error.message, /^Cannot make the user "bob" in "web"$/);
    match((error as { details?: string }).details ?? "", /a password is required/);
    match((error as { hint?: string }).hint ?? "", /sudo or doas without a password/);
    return true;
  });
});
