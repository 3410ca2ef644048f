import { deepEqual, equal, match, throws } from "node:assert/strict";
import { programName, TARGETS } from "../compile/targets.ts";
import { formula } from "./formula.ts";
import { shareName } from "./share.ts";

const REPOSITORY = "https://forge.example/me/cubic";
const names = [...TARGETS.map((target) => programName("1.2.3", target)), shareName("1.2.3")];
const digests = new Map(names.map((name, at) => [name, String(at).repeat(64)]));

Deno.test("the formula has each file of the release with its own digest", () => {
  const text = formula({ version: "1.2.3", repository: REPOSITORY, digests });
  const sources = [...text.matchAll(/url "(.*)"\n +sha256 "(.*)"/g)].map(([, url, digest]) => [
    url,
    digest,
  ]);
  const wanted = names.map((name) => [
    `${REPOSITORY}/releases/download/v1.2.3/${name}`,
    digests.get(name),
  ]);
  deepEqual(sources.sort(), wanted.sort());
  match(text, /on_macos do\n {4}on_intel do\n.*darwin-x86_64"/);
  match(text, /on_arm do\n.*linux-aarch64"/);
});

Deno.test("the formula has the fields that brew asks for", () => {
  const text = formula({ version: "1.2.3", repository: REPOSITORY, digests });
  for (
    const field of [
      /^class Cubic < Formula$/m,
      /^ {2}desc "[A-Z].{10,78}[^.]"$/m,
      /^ {2}homepage "https:\/\/forge\.example\/me\/cubic"$/m,
      /^ {2}version "1\.2\.3"$/m,
      /^ {2}license "MIT"$/m,
      /^ {2}depends_on "qemu"$/m,
      /man1\.install/,
      /bash_completion\.install[\s\S]*zsh_completion\.install[\s\S]*fish_completion\.install/,
      /assert_match "cubic #\{version\}", shell_output\("#\{bin\}\/cubic --version"\)/,
    ]
  ) match(text, field);
});

Deno.test("what the formula installs is in the archive", async () => {
  const text = formula({ version: "1.2.3", repository: REPOSITORY, digests });
  const paths = [...text.matchAll(/"(completions\/[^"]*)"/g)].map(([, path]) => path);
  equal(paths.length, 3);
  for (const path of paths) {
    equal((await Deno.stat(new URL(`../../packaging/${path}`, import.meta.url))).isFile, true);
  }
});

Deno.test("the formula is refused without all digests, and with what is no address", () => {
  const less = new Map([...digests].slice(1));
  throws(
    () => formula({ version: "1.2.3", repository: REPOSITORY, digests: less }),
    /has no cubic-/,
  );
  for (const repository of ["http://forge.example/x", 'https://forge.example/"; system("x")', ""]) {
    throws(() => formula({ version: "1.2.3", repository, digests }), /no address/);
  }
});
