/** Turning an argument list into a command for the guest's shell: SSH carries only one string. */
import { CubicError } from "../errors.ts";

/**
 * One word for a POSIX shell (XCU section 2.2.2): as it is when no shell could read it as anything
 * else, otherwise in single quotes, which fish and csh read the same way.
 * @throws CubicError "invalid-value" when the word holds a NUL byte.
 */
export function quoteWord(word: string): string {
  if (word.includes("\0")) {
    throw new CubicError("invalid-value", "Cannot pass an argument that holds a NUL byte");
  }
  // No leading tilde or equals sign: zsh expands both.
  if (/^[A-Za-z0-9_/.,:@%+-][A-Za-z0-9_/.,:@%+=-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

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
