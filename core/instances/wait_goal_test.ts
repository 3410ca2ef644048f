import { deepEqual, equal, throws } from "node:assert/strict";
import { describeGoal, goalReached, listenLine, parseGoal } from "./wait_goal.ts";

Deno.test("parseGoal() reads what can be waited for", () => {
  deepEqual(parseGoal("ssh"), { kind: "ssh" });
  deepEqual(parseGoal("cloud-init"), { kind: "cloud-init" });
  deepEqual(parseGoal("stopped"), { kind: "stopped" });
  deepEqual(parseGoal("port:1"), { kind: "port", port: 1 });
  deepEqual(parseGoal("port:65535"), { kind: "port", port: 65_535 });
});

Deno.test("parseGoal() refuses the rest", () => {
  for (
    const text of ["", "SSH", "port", "port:", "port:0", "port:65536", "port:80/tcp", "command"]
  ) {
    throws(() => parseGoal(text), { code: "invalid-value" }, text);
  }
});

Deno.test("a goal reads well in a sentence", () => {
  equal(describeGoal({ kind: "port", port: 80 }, "web"), "port 80 of web");
  equal(describeGoal({ kind: "stopped" }, '"web"'), '"web" to stop');
  equal(describeGoal({ kind: "command", line: "true" }, "web"), "`true` of web");
  equal(goalReached({ kind: "ssh" }, "web"), "web: ssh is ready");
  equal(goalReached({ kind: "command", line: "true" }, "web"), "web: `true` succeeded");
  equal(goalReached({ kind: "stopped" }, "web"), "web stopped");
});

Deno.test("listenLine() finds a socket that listens, and no other", async () => {
  const tables = await Deno.makeTempDir();
  const tail = "00:00000000 00000000     0        0 12953 1 0000000000000000 100 0 0 10 0";
  const write = (name: string, rows: readonly string[]): Promise<void> =>
    Deno.writeTextFile(
      `${tables}/${name}`,
      ["  sl  local_address rem_address   st tx_queue rx_queue", ...rows, ""].join("\n"),
    );
  try {
    await write("tcp", [
      `   0: 00000000:0016 00000000:0000 0A 00000000:${tail}`,
      `   1: 0F02000A:1F90 0202000A:0050 01 00000000:${tail}`,
      `   2: 0100007F:0051 0202000A:0053 0A 00000000:${tail}`,
    ]);
    await write("tcp6", [
      `   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00:${tail}`,
    ]);
    const listens = async (port: number): Promise<boolean> => {
      const args = ["-c", listenLine(port).replaceAll("/proc/net", tables)];
      return (await new Deno.Command("sh", { args }).output()).success;
    };
    const found = await Promise.all([22, 443, 8080, 80, 81, 1].map(listens));
    deepEqual(found, [true, true, false, false, false, false]);
  } finally {
    await Deno.remove(tables, { recursive: true });
  }
});
