import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { HostOs } from "./host.ts";
import { filesIn, instanceFiles, type Paths, resolvePaths } from "./paths.ts";

Deno.test("resolvePaths() follows XDG's defaults on Linux", () => {
  deepEqual(resolve("linux", { HOME: "/home/ann" }), {
    data: "/home/ann/.local/share/cubic",
    cache: "/home/ann/.cache/cubic",
    configFile: "/home/ann/.config/cubic/config.toml",
    runtime: "/tmp/cubic-1000",
    instances: "/home/ann/.local/share/cubic/instances",
    images: "/home/ann/.local/share/cubic/images",
    locks: "/home/ann/.local/share/cubic/locks",
    distros: "/home/ann/.local/share/cubic/distros",
    keys: "/home/ann/.local/share/cubic/keys",
    layers: "/home/ann/.local/share/cubic/layers",
  });
});

Deno.test("resolvePaths() follows XDG's variables on Linux, but not relative ones", () => {
  const env = {
    HOME: "/home/ann",
    XDG_DATA_HOME: "/d",
    XDG_CACHE_HOME: "/c",
    XDG_CONFIG_HOME: "/f",
    TMPDIR: "/t",
  };
  const paths = resolve("linux", env);
  deepEqual(
    [paths.data, paths.cache, paths.configFile, paths.runtime],
    ["/d/cubic", "/c/cubic", "/f/cubic/config.toml", "/t/cubic-1000"],
  );
  const relative = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, name === "HOME" ? value : value.slice(1)]),
  );
  deepEqual(resolve("linux", relative), resolve("linux", { HOME: "/home/ann" }));
});

Deno.test("sockets outlive the login session that a guest was started in", () => {
  const env = { HOME: "/home/ann", XDG_RUNTIME_DIR: "/run/user/1000" };
  equal(resolve("linux", env).runtime, "/tmp/cubic-1000");
});

Deno.test("resolvePaths() uses ~/Library and TMPDIR on macOS, whatever XDG says", () => {
  const env = { HOME: "/Users/ann", TMPDIR: "/var/folders/x/T/", XDG_DATA_HOME: "/d" };
  const paths = resolve("darwin", env);
  equal(paths.data, "/Users/ann/Library/Application Support/cubic");
  equal(paths.cache, "/Users/ann/Library/Caches/cubic");
  equal(paths.configFile, "/Users/ann/Library/Application Support/cubic/config.toml");
  equal(paths.runtime, "/var/folders/x/T/cubic-1000");
});

Deno.test("resolvePaths() puts everything under CUBIC_HOME, as an absolute path", () => {
  for (const os of ["linux", "darwin"] as const) {
    const paths = resolve(os, { CUBIC_HOME: "/srv/vm", XDG_DATA_HOME: "/d" });
    deepEqual(
      [paths.data, paths.cache, paths.configFile, paths.instances],
      ["/srv/vm", "/srv/vm/cache", "/srv/vm/config.toml", "/srv/vm/instances"],
    );
  }
  ok(resolve("linux", { CUBIC_HOME: "here" }).data.startsWith("/"));
});

Deno.test("resolvePaths() says what to set when there is no home", () => {
  throws(() => resolve("linux", {}), { code: "failed", message: /HOME is not set/ });
});

Deno.test("instanceFiles() are all inside the instance's directory, each with its own name", () => {
  const files = instanceFiles({ instances: "/i" }, "web");
  deepEqual(files, filesIn("/i/web"));
  const { dir, ...others } = files;
  equal(dir, "/i/web");
  for (const path of Object.values(others)) ok(path.startsWith("/i/web/"), path);
  equal(new Set(Object.values(others)).size, Object.values(others).length);
});

function resolve(os: HostOs, env: Readonly<Record<string, string>>): Paths {
  return resolvePaths({ os, env: (name) => env[name] || undefined }, 1000);
}
