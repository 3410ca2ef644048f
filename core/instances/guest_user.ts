/** Another user in a guest that was made for somebody else: what the seed would have made at the first boot. */
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { connect } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { connectRunning, sshTarget } from "./connect.ts";
import { type LineResult, runLine } from "./guest_line.ts";
import type { Instance } from "./instance.ts";

/** The guest is expected to be up; an emulated one may take its time. */
const READY_MS = 60_000;

/** Becomes root by what the guest has; the arguments are the command. */
const AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec "$@"; ' +
  'elif command -v sudo >/dev/null 2>&1; then exec sudo -n "$@"; else exec doas -n "$@"; fi';

/**
 * Makes the user `$1`, lets the key `$2` in, and root's rights without a password; each step only where it is missing.
 * A password of "*" fits none, while a locked account could not log in by key where sshd does not use PAM.
 */
const MAKE_USER = `set -eu
if ! id -u "$1" >/dev/null 2>&1; then
  shell=/bin/sh
  if [ -x /bin/bash ]; then shell=/bin/bash; fi
  if command -v useradd >/dev/null 2>&1; then
    useradd -m -s "$shell" -p '*' "$1"
  else
    adduser -D -s "$shell" "$1"
    echo "$1:*" | chpasswd -e
  fi
fi
eval "home=~$1"
group=$(id -gn "$1")
mkdir -p "$home/.ssh"
keys="$home/.ssh/authorized_keys"
touch "$keys"
grep -qxF "$2" "$keys" || echo "$2" >>"$keys"
chmod 700 "$home/.ssh"
chmod 600 "$keys"
chown "$1:$group" "$home/.ssh" "$keys"
if command -v restorecon >/dev/null 2>&1; then restorecon -R "$home/.ssh" || :; fi
if [ "$1" = root ]; then :
elif [ -d /etc/sudoers.d ]; then
  echo "$1 ALL=(ALL) NOPASSWD:ALL" >"/etc/sudoers.d/90-cubic-$1"
  chmod 440 "/etc/sudoers.d/90-cubic-$1"
elif [ -d /etc/doas.d ]; then
  echo "permit nopass $1" >"/etc/doas.d/cubic-$1.conf"
  chmod 400 "/etc/doas.d/cubic-$1.conf"
fi`;

/**
 * Makes a user in a running guest who can log in with the instance's key, and sees that it works. The user's name has
 * to be a checked one.
 * @throws CubicError "instance-stopped", "start-timeout", "ssh-failed", "interrupted".
 */
export async function ensureGuestUser(
  app: App,
  instance: Instance,
  user: string,
  operation: Operation,
): Promise<void> {
  const { name } = instance;
  const key = (await Deno.readTextFile(`${instanceFiles(app.paths, name).clientKey}.pub`)).trim();
  {
    using connection = await connectRunning(app, { name }, { timeoutMs: READY_MS }, operation);
    operation.report({ kind: "step", text: `Making the user ${user} in ${name}` });
    const line = ["sh", "-c", AS_ROOT, "sh", "sh", "-c", MAKE_USER, "sh", user, key];
    const made = await runLine(connection, quoteCommand(line), READY_MS, operation.signal);
    if (made.status.kind !== "code" || made.status.code !== 0) throw notMade(instance, user, made);
  }
  const target = await sshTarget(app, instance, user);
  using _works = await connect(target, { signal: operation.signal, timeoutMs: READY_MS });
}

function notMade(
  { name, user }: Instance,
  wanted: string,
  { status, words }: LineResult,
): CubicError {
  const lost = status.kind === "lost";
  const end = status.kind === "code" ? `the command ended with ${status.code}` : "it was ended";
  return new CubicError("ssh-failed", `Cannot make the user "${wanted}" in "${name}"`, {
    hint: lost
      ? `It took too long, or the connection broke. \`cubic ssh ${name}\` shows whether the guest answers.`
      : `The user ${user} has to be able to use sudo or doas without a password.`,
    details: words || (lost ? "the guest did not say how it ended" : end),
  });
}
