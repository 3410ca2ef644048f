/** Ports of this host that two instances want. */
import { formatForward, sameListener } from "../instances/forward.ts";
import type { Instance } from "../instances/instance.ts";
import { sshListener } from "../instances/ports.ts";
import { type Check, type Found, orFine } from "./finding.ts";
import { readableInstances } from "./readable.ts";

/** Rules that keep two instances from running at once. */
export const portsCheck: Check = {
  name: "Ports",
  about: "state",
  look: async (app) =>
    orFine(findClashes(await readableInstances(app)), "no two instances want the same"),
};

/** One finding for each two rules that exclude each other. Pure. */
export function findClashes(instances: readonly Instance[]): readonly Found[] {
  return instances.flatMap((first, index) =>
    instances.slice(index + 1).flatMap((second) => [...clashes(first, second)])
  );
}

function* clashes(first: Instance, second: Instance): Generator<Found> {
  const both = `${first.name} and ${second.name}`;
  if (first.sshPort === second.sshPort) {
    const text = `${both} have the same SSH port ${first.sshPort}`;
    yield { level: "note", text, remedy: "The one that is started second takes another." };
  }
  for (const rule of second.forwards) {
    const other = [...first.forwards, sshListener(first.sshPort)].find((one) =>
      sameListener(one, rule)
    );
    if (!other) continue;
    const text = `${both} both want port ${rule.hostPort}: only one of them can run`;
    const remedy = `\`cubic port remove ${second.name} ${formatForward(rule)}\``;
    yield { level: "warning", text, remedy };
  }
  const ssh = first.forwards.find((rule) => sameListener(rule, sshListener(second.sshPort)));
  if (!ssh) return;
  const text = `${first.name} wants port ${ssh.hostPort}, the SSH port of ${second.name}`;
  yield { level: "note", text, remedy: "The next start of the latter takes another." };
}
