import assert from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { requireAllowed } from "./resolve.ts";
import { builtInForTests } from "../../tests/support/images.ts";

const [distro] = builtInForTests;

function allowed(url: string, mirror?: string): boolean {
  assert(distro);
  try {
    requireAllowed(
      { config: { mirror: mirror === undefined ? {} : { debian: mirror } } },
      distro,
      url,
    );
    return true;
  } catch (error) {
    assert(isCubicError(error, "network"));
    return false;
  }
}

Deno.test("a distro reaches its own hosts over https and nothing else", () => {
  assert(allowed("https://images.invalid/cloud/x"));
  assert(!allowed("http://images.invalid/cloud/x"));
  assert(!allowed("https://images.invalid.example/x"));
  assert(!allowed("https://other.example/x"));
  assert(!allowed("file:///etc/passwd"));
  assert(!allowed("nonsense"));
});

Deno.test("a mirror of the user's choice may be plain http, to that host alone", () => {
  assert(allowed("http://mirror.example/x", "http://mirror.example/debian"));
  assert(!allowed("http://mirror.example/x", "https://mirror.example/debian"));
  assert(!allowed("http://other.example/x", "http://mirror.example/debian"));
});
