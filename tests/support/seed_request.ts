/** What a seed is made of, for tests. */
import type { SeedRequest } from "../../core/cloudinit/seed.ts";

/** A valid request; `changes` replaces some of it. */
export function sampleSeed(changes: Partial<SeedRequest> = {}): SeedRequest {
  return {
    instanceId: "0b8f9a52-4f2e-4d59-9c54-6d4f8b8a1c11",
    hostName: "web",
    user: "yes",
    mac: "52:54:00:12:34:56",
    authorizedKey: "ssh-ed25519 AAAA cubic-web",
    hostKey: {
      privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
      publicKey: "ssh-ed25519 BBBB web-host-key",
    },
    ...changes,
  };
}
