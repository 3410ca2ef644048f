import { deepEqual, match } from "node:assert/strict";
import { parseForwards } from "../instances/forward.ts";
import { sampleInstance } from "../../tests/support/instance.ts";
import { findClashes } from "./ports.ts";

const instance = (
  name: string,
  sshPort: number,
  rule?: string,
): ReturnType<typeof sampleInstance> =>
  sampleInstance({ name, sshPort, forwards: rule === undefined ? [] : parseForwards(rule) });

Deno.test("two instances that want the same port are found, and how one gives way", () => {
  const [found, ...rest] = findClashes([
    instance("web", 20_001, "8080:80"),
    instance("db", 20_002, "8080:5432"),
    instance("other", 20_003, "8081:80"),
  ]);
  match(found?.text ?? "", /web and db both want port 8080/);
  match(found?.remedy ?? "", /`cubic port remove db 127\.0\.0\.1:8080:5432\/tcp`/);
  deepEqual(rest, []);
});

Deno.test("the SSH ports of instances count too, but the next start mends them", () => {
  const same = findClashes([instance("web", 20_001), instance("db", 20_001)]);
  deepEqual(same.map(({ level }) => level), ["note"]);
  const wanted = findClashes([instance("web", 20_001, "20002:80"), instance("db", 20_002)]);
  match(wanted[0]?.text ?? "", /web wants port 20002, the SSH port of db/);
  const other = findClashes([instance("db", 20_002), instance("web", 20_001, "20002:80")]);
  deepEqual(other.map(({ level }) => level), ["warning"]);
});
