import assert from "node:assert/strict";
import type { KnownDistro } from "../app.ts";
import { isCubicError } from "../errors.ts";
import { requireAllowed, type Way } from "./hosts.ts";
import { builtInForTests } from "../../tests/support/images.ts";

const builtIn = builtInForTests[0]!;
const strange: KnownDistro = {
  ...builtIn,
  baseUrl: "https://1.1.1.1/cloud",
  hosts: ["8.8.8.8", "10.0.0.1", "127.0.0.1:8080", "localhost", "[::1]", "169.254.169.254"],
  added: { source: "./strange.ts", digest: "", allowLoopback: false },
};

interface Case {
  readonly distro?: KnownDistro;
  readonly mirror?: string;
  readonly way?: Way;
}

async function allowed(
  url: string,
  { distro = builtIn, mirror, way }: Case = {},
): Promise<boolean> {
  const config = { mirror: mirror === undefined ? {} : { debian: mirror } };
  try {
    await requireAllowed({ config }, distro, url, way);
    return true;
  } catch (error) {
    assert(isCubicError(error, "network"), String(error));
    return false;
  }
}

Deno.test("a distro reaches its own hosts over https and nothing else", async () => {
  assert(await allowed("https://images.invalid/cloud/x"));
  for (
    const url of [
      "http://images.invalid/cloud/x",
      "https://images.invalid.example/x",
      "https://images.invalid:8443/x",
      "https://other.example/x",
      "https://user:secret@images.invalid/x",
      "file:///etc/passwd",
      "data:text/plain,x",
      "nonsense",
    ]
  ) assert(!await allowed(url), url);
});

Deno.test("what is refused is told without the password in it", async () => {
  await assert.rejects(
    requireAllowed({ config: { mirror: {} } }, builtIn, "https://u:secret@images.invalid/x"),
    (error: Error) => !error.message.includes("secret"),
  );
});

Deno.test("a mirror of the user's choice may be plain http, to that host alone", async () => {
  const http = { mirror: "http://mirror.example/debian" };
  assert(await allowed("http://mirror.example/x", http));
  assert(!await allowed("http://mirror.example/x", { mirror: "https://mirror.example/debian" }));
  assert(!await allowed("http://other.example/x", http));
  assert(!await allowed("https://mirror.example:444/x", http));
  assert(await allowed("http://10.0.0.7/x", { mirror: "http://10.0.0.7/debian", distro: strange }));
});

Deno.test("a vendor's server may send a built-in distro on, but not off https", async () => {
  const way = { redirected: true };
  assert(await allowed("https://cdn.example/x", { way }));
  assert(!await allowed("http://cdn.example/x", { way }));
  assert(!await allowed("http://127.0.0.1/x", { way }));
  assert(!await allowed("https://1.1.1.2/x", { way, distro: strange }));
});

Deno.test("an added distro reaches public hosts only, whatever it declares", async () => {
  const distro = strange;
  assert(await allowed("https://1.1.1.1/cloud/x", { distro }));
  assert(await allowed("https://8.8.8.8/x", { distro }));
  for (
    const url of [
      "https://10.0.0.1/x",
      "https://169.254.169.254/latest/meta-data",
      "http://127.0.0.1:8080/x",
      "https://127.0.0.1:8080/x",
      "https://localhost/x",
      "https://[::1]/x",
      // The same address as 127.0.0.1:8080, as WHATWG's parser reads numbers.
      "https://2130706433:8080/x",
      "https://0x7f.1:8080/x",
    ]
  ) assert(!await allowed(url, { distro }), url);
});

Deno.test("this machine is open to an added distro only if the user said so", async () => {
  const distro = { ...strange, added: { ...strange.added!, allowLoopback: true } };
  assert(await allowed("http://127.0.0.1:8080/x", { distro }));
  assert(await allowed("https://localhost/x", { distro }));
  assert(!await allowed("http://127.0.0.1:8081/x", { distro }), "another port");
  assert(!await allowed("https://10.0.0.1/x", { distro }));
});
