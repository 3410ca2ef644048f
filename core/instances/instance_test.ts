import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { CubicError, isCubicError } from "../errors.ts";
import { parseForwards } from "./forward.ts";
import { formatInstance, type Instance, parseInstance } from "./instance.ts";
import { sampleInstance } from "../../tests/support/instance.ts";
import { randomTexts } from "../../tests/support/random.ts";

const PATH = "/data/instances/web/instance.toml";

Deno.test("an instance comes out of its file as it went in", () => {
  const instances: Instance[] = [
    sampleInstance(),
    sampleInstance({ isolate: true, arch: "arm64", imageDigest: `sha256-${"0".repeat(64)}` }),
    sampleInstance({ forwards: ["0.0.0.0:80:80", "53:53/udp"].flatMap(parseForwards) }),
    sampleInstance({ image: 'a "quoted" \\ é \u{1f600}\nname', memory: 2 ** 40 }),
  ];
  for (const instance of instances) {
    deepEqual(parseInstance("web", PATH, formatInstance(instance)), instance);
  }
});

Deno.test("the file of an instance is as written down", async (t) => {
  await t.assertSnapshot(
    formatInstance(sampleInstance({ forwards: parseForwards("8080:80") })),
  );
});

Deno.test("parseInstance() names file and place of what is wrong, and what to do", () => {
  const text = formatInstance(sampleInstance());
  const damaged: readonly (readonly [string, RegExp])[] = [
    ["", /schema/],
    ["schema = 1\n[", /line|2/],
    [text.replace(/^cpus.*$/m, ""), /^cpus: /],
    [text.replace(/^cpus.*$/m, "cpus = 0"), /^cpus: /],
    [text.replace(/^cpus.*$/m, "cpus = 1.5"), /^cpus: /],
    [text.replace(/^memory.*$/m, 'memory = "1G"'), /^memory: /],
    [text.replace(/^ssh-port.*$/m, "ssh-port = 65536"), /^ssh-port: /],
    [text.replace(/^mac.*$/m, 'mac = "52:54:00:1,romfile=/etc/x"'), /^mac: /],
    [text.replace(/^uuid.*$/m, 'uuid = "no"'), /^uuid: /],
    [text.replace(/^image-digest.*$/m, 'image-digest = "../../etc"'), /^image-digest: /],
    [text.replace(/^arch.*$/m, 'arch = "riscv64"'), /^arch: /],
    [text.replace(/^isolate.*$/m, ""), /^isolate: /],
    [text.replace(/^ports.*$/m, 'ports = ["x"]'), /"x"/],
  ];
  for (const [broken, details] of damaged) {
    throws(() => parseInstance("web", PATH, broken), (error) => {
      ok(isCubicError(error, "instance-broken"), String(error));
      equal(error.message, `Cannot read the instance "web": ${PATH} is damaged`);
      match(error.details ?? "", details);
      match(error.hint ?? "", /cubic delete web/);
      return true;
    });
  }
});

Deno.test("parseInstance() refuses a newer schema, and says that it is newer", () => {
  const text = formatInstance(sampleInstance()).replace(/^schema.*$/m, "schema = 2");
  throws(() => parseInstance("web", PATH, text), (error) => {
    ok(isCubicError(error, "instance-broken"));
    match(`${error.message} ${error.details}`, /newer/);
    // It is whole: deleting it is no remedy.
    ok(!error.hint?.includes("cubic delete"), error.hint);
    return true;
  });
});

Deno.test("parseInstance() throws nothing but its own errors, whatever the file holds", () => {
  const lines = formatInstance(sampleInstance()).split("\n");
  for (const noise of randomTexts(1000, ["[", "]", "=", '"', "\n", "schema = 1\n"])) {
    for (const text of [noise, [...lines.slice(0, 5), noise, ...lines.slice(6)].join("\n")]) {
      try {
        parseInstance("web", PATH, text);
      } catch (error) {
        ok(error instanceof CubicError, String(error));
      }
    }
  }
});
