import assert from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { realHost } from "../host.ts";
import { aptSources, archiveOf, findMirrors } from "./build_mirror.ts";

const DEB822 = `# a comment
Types: deb
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main

Types: deb
URIs: https://packages.example/tool
Suites: stable
`;

Deno.test("mirrors are found in both styles of apt's sources", () => {
  assert.deepEqual(findMirrors(DEB822, "bookworm"), {
    main: "http://mirror.example/debian",
    security: "http://mirror.example/debian-security/",
  });
  const lines = `# deb http://no.example/debian bookworm main
deb [arch=amd64 signed-by=/x.gpg] https://a.example/debian bookworm main contrib
deb-src http://src.example/debian bookworm main
deb http://s.example/debian-security bookworm-security main
`;
  assert.deepEqual(findMirrors(lines, "bookworm"), {
    main: "https://a.example/debian",
    security: "http://s.example/debian-security",
  });
});

Deno.test("other releases, disabled stanzas and media are no mirror", () => {
  assert.deepEqual(findMirrors(DEB822, "trixie"), {});
  assert.deepEqual(findMirrors(`${DEB822.split("\n\n")[0]}\nEnabled: no\n`, "bookworm"), {});
  assert.deepEqual(
    findMirrors("deb cdrom:[x]/ bookworm main\ndeb file:/srv bookworm main", "bookworm"),
    {},
  );
});

Deno.test("a named mirror is used for all, without the suites it lacks", async () => {
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(new URL(request.url).pathname);
      return new Response("", { status: request.url.includes("security") ? 404 : 200 });
    },
  );
  const archive = archiveOf("debian");
  assert(archive);
  const mirror = `http://127.0.0.1:${server.addr.port}/debian/`;
  const request = { archive, codename: "bookworm", mirror };
  const sources = await aptSources(realHost(), request, new AbortController().signal);
  const uri = mirror.slice(0, -1);
  assert.deepEqual(sources, [
    { uri, suite: "bookworm", components: "main" },
    { uri, suite: "bookworm-updates", components: "main" },
  ]);
  assert.deepEqual(asked.sort(), [
    "/debian-security/dists/bookworm-security/InRelease",
    "/debian/dists/bookworm-updates/InRelease",
  ]);
});

Deno.test("a host of another distribution has no mirror to offer, and says where to find one", async () => {
  const osRelease = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const other = /^ID="?debian"?$/m.test(osRelease) ? "ubuntu" : "debian";
  const archive = archiveOf(other);
  assert(archive);
  const request = { archive, codename: "any", mirror: undefined };
  await assert.rejects(aptSources(realHost(), request, new AbortController().signal), (error) => {
    assert(isCubicError(error, "usage"));
    assert.match(error.hint ?? "", /--mirror URL; https:\/\/\S+ lists them/);
    return true;
  });
});
