/** Who to talk to over SSH, and as whom. */

/** An SSH server and the account on it. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Text of an OpenSSH private key without a passphrase. */
  readonly privateKey: string;
  /** The one host key that is accepted, as a public key line; there is no trust on first use. */
  readonly hostKey: string;
}

/** `user@host:port`, for messages. */
export function describeTarget({ user, host, port }: SshTarget): string {
  return `${user}@${host}:${port}`;
}
