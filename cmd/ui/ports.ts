/** Port rules as people and programs see them. Pure. */
import { formatForward, formatPorts, groupForwards } from "../../core/instances/forward.ts";
import type { ListedPort } from "../../core/instances/port_list.ts";
import { renderTable } from "./table.ts";

/** A rule in the form that `--json` promises. `answers` is null where that can't be known. */
export function describePort(port: ListedPort): Record<string, unknown> {
  const { instance, rule, use, answers } = port;
  const { hostAddress, hostPort, guestPort, protocol } = rule;
  return {
    ...{ instance, rule: formatForward(rule), hostAddress, hostPort, guestPort, protocol },
    ...{ use, answers },
  };
}

const IN_USE: Readonly<Record<ListedPort["use"], string>> = {
  instance: "yes",
  other: "by another",
  free: "no",
};

/** The rules as a table; those that follow each other and fare alike are one line. */
export function renderPorts(ports: readonly ListedPort[], width = Infinity): string {
  const columns = [
    { title: "INSTANCE" },
    { title: "HOST", whole: true },
    { title: "GUEST", whole: true },
    { title: "PROTOCOL" },
    { title: "IN USE" },
    { title: "ANSWERS" },
  ];
  const groups = groupForwards(
    ports,
    ({ rule }) => rule,
    (a, b) => a.instance !== b.instance || a.use !== b.use || a.answers !== b.answers,
  );
  return renderTable(columns, groups.map(portRow), width);
}

function portRow(group: readonly ListedPort[]): string[] {
  const [first, last] = [group[0], group.at(-1)];
  if (!first || !last) return [];
  const { hostAddress, protocol } = first.rule;
  return [
    first.instance,
    `${hostAddress}:${formatPorts(first.rule.hostPort, last.rule.hostPort)}`,
    formatPorts(first.rule.guestPort, last.rule.guestPort),
    protocol,
    IN_USE[first.use],
    first.answers === null ? "unknown" : first.answers ? "yes" : "no",
  ];
}
