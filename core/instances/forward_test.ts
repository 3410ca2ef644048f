import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import type { PortForward } from "../qemu/machine.ts";
import {
  formatForward,
  formatForwards,
  formatSelector,
  isSelected,
  parseForwards,
  parseSelectors,
  sameListener,
} from "./forward.ts";
import { randomTexts } from "../../tests/support/random.ts";

/** The one rule that a text without ranges is. */
function rule(text: string): PortForward {
  const [only, more] = parseForwards(text);
  ok(only && !more, text);
  return only;
}

Deno.test("parseForwards() listens on the loopback over TCP unless told otherwise", () => {
  const rules: Readonly<Record<string, string>> = {
    "8080:80": "127.0.0.1:8080:80/tcp",
    "0.0.0.0:8080:80": "0.0.0.0:8080:80/tcp",
    "5353:53/udp": "127.0.0.1:5353:53/udp",
    "10.1.2.3:1:65535/TCP": "10.1.2.3:1:65535/tcp",
    "8080-8080:80-80": "127.0.0.1:8080:80/tcp",
  };
  for (const [text, full] of Object.entries(rules)) equal(formatForward(rule(text)), full);
});

Deno.test("parseForwards() makes a range one rule for each port, and the forms show it as a range", () => {
  const rules = parseForwards("0.0.0.0:8000-8002:80-82/udp");
  deepEqual(rules.map(formatForward), [
    "0.0.0.0:8000:80/udp",
    "0.0.0.0:8001:81/udp",
    "0.0.0.0:8002:82/udp",
  ]);
  deepEqual(formatForwards([...rules, ...parseForwards("8003:83")]), [
    "0.0.0.0:8000-8002:80-82/udp",
    "127.0.0.1:8003:83/tcp",
  ]);
  for (const apart of [["3:3", "2:2"], ["80:1", "90:2"], ["80:1", "81:5"], ["80:1", "81:2/udp"]]) {
    equal(formatForwards(apart.flatMap(parseForwards)).length, 2, apart.join(" "));
  }
});

Deno.test("parseForwards() refuses ports that are none and what QEMU would misread", () => {
  const wrong = ["", "80", "80:", ":80", "0:80", "80:0", "65536:1", "1:65536", "-1:1", "1.5:1"];
  const more = ["256.0.0.1:1:1", "1.2.3:1:1", "010.0.0.1:80:80", "localhost:80:80", "[x]:80:80"];
  const ranges = [
    "8000-8010:80",
    "80-82:80-81",
    "82-80:82-80",
    "0-2:1-3",
    "65535-65536:1-2",
    "1-:1-",
  ];
  const strange = ["80:80/sctp", "80:80,hostfwd=tcp::1-:1", "80:80\n", "８0:80"];
  for (const text of [...wrong, ...more, ...ranges, ...strange]) {
    throws(() => parseForwards(text), { code: "invalid-value" }, text);
  }
});

Deno.test("parseForwards() refuses IPv6, which no QEMU has, and names what has it (upstream fault 16)", () => {
  for (const text of ["::1:8000:80", "[::1]:80:80", "[::]:80:80/udp", "fe80::1:80:80"]) {
    throws(() => parseForwards(text), (error) => {
      ok(isCubicError(error, "invalid-value"));
      ok(/IPv4 addresses only/.test(error.message), error.message);
      return /cubic tunnel/.test(error.hint ?? "");
    });
  }
});

Deno.test("what parseForwards() takes it takes again from its own form; the rest it refuses", () => {
  let taken = 0;
  const pieces = ["1:1", "80:", "127.0.0.1:", "/tcp", "/udp", "65535", "1-3", "[::1]:", ":7-9"];
  for (const text of randomTexts(5000, pieces)) {
    try {
      const rules = parseForwards(text);
      deepEqual(formatForwards(rules).flatMap(parseForwards), rules);
      taken++;
    } catch (error) {
      ok(isCubicError(error, "invalid-value"), String(error));
    }
  }
  ok(taken > 0);
});

Deno.test("a selector is a rule, or a port of the host that means all that listen on it", () => {
  const rules = ["8080:80", "10.0.0.1:8080:81", "8080:80/udp", "8081:80"].flatMap(parseForwards);
  const selected = (text: string): string[] => {
    const selectors = parseSelectors(text);
    return rules.filter((rule) => selectors.some((selector) => isSelected(rule, selector)))
      .map(formatForward);
  };
  equal(selected("8080").length, 3);
  deepEqual(selected("8080/udp"), ["127.0.0.1:8080:80/udp"]);
  deepEqual(selected("8080:80"), ["127.0.0.1:8080:80/tcp"]);
  equal(selected("8080-8081").length, 4);
  deepEqual(selected("8080:81"), []);
  for (const text of ["0", "65536", "9-8", "x", "", "[::1]:80:80"]) {
    throws(() => parseSelectors(text), { code: "invalid-value" }, text);
  }
  for (const text of ["8080", "8080/udp", "127.0.0.1:8080:80/tcp"]) {
    deepEqual(parseSelectors(text).map(formatSelector), [text]);
  }
});

Deno.test("sameListener() sees through the address that stands for all", () => {
  const same = (a: string, b: string): boolean => sameListener(rule(a), rule(b));
  ok(same("80:1", "80:2"));
  ok(same("0.0.0.0:80:1", "10.0.0.1:80:1"));
  ok(!same("10.0.0.2:80:1", "10.0.0.1:80:1"));
  ok(!same("80:1", "80:1/udp"));
  ok(!same("80:1", "81:1"));
});
