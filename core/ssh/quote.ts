/** Turning an argument list into a command for the guest's shell: SSH carries only one string. */
import { CubicError } from "../errors.ts";
import { quoteWord } from "../shell_word.ts";

/** The command line that a POSIX shell splits into exactly these arguments. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

/**
 * Puts environment variables before a command. They are exported by the guest's shell rather than sent
 * with SSH "env" requests, which sshd drops unless its AcceptEnv names them.
 * @throws CubicError "invalid-value" when a name is not a shell variable name.
 */
export function withEnvironment(
  command: string,
  environment: Readonly<Record<string, string>>,
): string {
  const exports = Object.entries(environment).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new CubicError(
        "invalid-value",
        `Cannot set the environment variable ${JSON.stringify(name)}: not a variable name`,
        { hint: "Use letters, digits and underscores, not starting with a digit: --env KEY=value" },
      );
    }
    return `export ${name}=${quoteWord(value)}; `;
  });
  return exports.join("") + command;
}
