import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import type { App } from "./app.ts";
import { loadConfig } from "./config.ts";
import { getSetting, listSettings, setSetting, unsetSetting } from "./config_settings.ts";
import { acquireLock } from "./lock.ts";
import { testApp } from "../tests/support/images.ts";
import { makeAuthority } from "../tests/support/tls.ts";

const { signal } = new AbortController();

/** An app with these environment variables and no others. */
async function appWith(
  env: Readonly<Record<string, string>> = {},
  text?: string,
): ReturnType<typeof testApp> {
  const app = await testApp();
  await Deno.mkdir(join(app.dir, "home"), { recursive: true });
  if (text !== undefined) await Deno.writeTextFile(app.paths.configFile, text);
  return { ...app, host: { ...app.host, env: (name) => env[name] } };
}

const fileText = (app: App): Promise<string> => Deno.readTextFile(app.paths.configFile);

Deno.test("setSetting writes a private file, resolves aliases and cleans the URL", async () => {
  await using app = await appWith();
  const change = await setSetting(app, "mirror.deb", "https://mirror.example/debian//", signal);
  deepEqual(change, {
    key: "mirror.debian",
    value: "https://mirror.example/debian",
    changed: true,
  });
  equal(await fileText(app), '[mirror]\ndebian = "https://mirror.example/debian"\n');
  equal((await Deno.stat(app.paths.configFile)).mode! & 0o777, 0o600);
  deepEqual(await loadConfig(app.paths.configFile), {
    mirror: { debian: "https://mirror.example/debian" },
  });
});

Deno.test("setSetting keeps what people wrote around it", async () => {
  await using app = await appWith({}, "# mine\nrequire-signature = false # for now\n");
  await setSetting(app, "require-signature", "true", signal);
  equal(await fileText(app), "# mine\nrequire-signature = true # for now\n");
  await unsetSetting(app, "require-signature", signal);
  equal(await fileText(app), "# mine\n");
  equal((await unsetSetting(app, "require-signature", signal)).changed, false);
});

Deno.test("setSetting refuses what it does not know and says what is allowed", async () => {
  await using app = await appWith();
  const cases: readonly [key: string, value: string, code: string, hint: RegExp][] = [
    ["ca-fiel", "x", "usage", /Did you mean ca-file\?/],
    ["miror.debian", "https://x", "usage", /Did you mean mirror\.debian\?/],
    ["mirror", "https://x", "usage", /mirror\.<distro>/],
    ["mirror.", "https://x", "usage", /mirror\.<distro>/],
    ["mirror.debain", "https://x", "distro-not-found", /Did you mean debian\?/],
    ["require-signature", "yes", "invalid-value", /true or false/],
    ["require-signature", "", "invalid-value", /true or false/],
    ["ca-file", "", "invalid-value", /path/],
    ["ca-file", "/nonexistent/ca.pem", "file-not-found", /path of a PEM file/],
    ...[
      "x",
      "file:///x",
      "ftp://x/",
      "https://u@x/",
      "https://u:p@x/",
      "https://x/?q",
      "https://x/#f",
      "https:x",
    ]
      .map((
        url,
      ): [string, string, string, RegExp] => [
        "mirror.debian",
        url,
        "invalid-value",
        /https or http URL/,
      ]),
  ];
  for (const [key, value, code, hint] of cases) {
    await rejects(setSetting(app, key, value, signal), { code, hint }, `${key} ${value}`);
  }
  await rejects(fileText(app), Deno.errors.NotFound);
});

Deno.test("setSetting never shows the password of a URL", async () => {
  await using app = await appWith();
  const error = await setSetting(app, "mirror.debian", "https://ann:secret@x/", signal)
    .catch((error) => error);
  ok(!`${error.message}${error.hint}`.includes("secret"), error.message);
});

Deno.test("setSetting makes the path of ca-file absolute and checks what is there", async () => {
  await using app = await appWith();
  const file = join(app.dir, "ca.pem");
  await Deno.writeTextFile(file, "no certificate\n");
  await rejects(setSetting(app, "ca-file", file, signal), {
    code: "invalid-value",
    message: /ca-file.*no certificate/,
  });
  await using authority = await makeAuthority();
  await Deno.copyFile(authority.caFile, file);
  const { value } = await setSetting(app, "ca-file", join(app.dir, "home", "..", "ca.pem"), signal);
  equal(value, file);
});

Deno.test("setSetting never overwrites a broken file, nor one that it can't change safely", async () => {
  for (
    const [text, code] of [
      ["[mirror\n", "config-broken"],
      ["mirror = 1\n", "config-broken"],
      ["odd-key = 1\n", "config-broken"],
      ['mirror = { ubuntu = "https://x" }\n', "failed"],
    ] as const
  ) {
    await using app = await appWith({}, text);
    await rejects(setSetting(app, "mirror.debian", "https://x", signal), { code }, text);
    equal(await fileText(app), text);
  }
});

Deno.test("setSetting follows a link and leaves it a link", async () => {
  await using app = await appWith();
  const real = join(app.dir, "dotfiles.toml");
  await Deno.writeTextFile(real, "# linked\n");
  await Deno.symlink(real, app.paths.configFile);
  await setSetting(app, "require-signature", "true", signal);
  equal(await Deno.readTextFile(real), "# linked\nrequire-signature = true\n");
  ok((await Deno.lstat(app.paths.configFile)).isSymlink);
});

Deno.test("setSetting loses nothing when many write at once", async () => {
  await using app = await appWith({}, "# shared\n");
  const distros = Array.from({ length: 12 }, (_, index) => ({
    ...app.distros[0]!,
    name: `d${index}`,
    aliases: [],
  }));
  await Promise.all(
    distros.map(({ name }) =>
      setSetting({ ...app, distros }, `mirror.${name}`, `https://${name}.example`, signal)
    ),
  );
  equal(Object.keys((await loadConfig(app.paths.configFile)).mirror).length, 12);
  match(await fileText(app), /^# shared\n/);
});

Deno.test("setSetting gives up waiting for the lock when it is interrupted", async () => {
  await using app = await appWith();
  await using _ = await acquireLock(app.paths, "config");
  const pressed = AbortSignal.abort();
  await rejects(setSetting(app, "require-signature", "true", pressed), { code: "interrupted" });
});

Deno.test("listSettings says where each value is from; the environment wins, other programs' comes last", async () => {
  const text = 'ca-file = "ca.pem"\nrequire-signature = true\n[mirror]\ngone = "http://x/"\n';
  const sources = async (env: Record<string, string>, text?: string): Promise<unknown[]> => {
    await using app = await appWith(env, text);
    const list = await listSettings(app);
    return list.map(({ key, value, from, variable }) => [
      key,
      typeof value === "string" ? value.replace(app.dir, "") : value,
      variable ?? from,
    ]);
  };
  const defaults = [
    ["image", null, "default"],
    ["user", null, "default"],
    ["cpus", null, "default"],
    ["memory", null, "default"],
    ["disk", "100G", "default"],
  ];
  deepEqual(await sources({}), [
    ...defaults,
    ["ca-file", null, "default"],
    ["require-signature", false, "default"],
  ]);
  deepEqual(await sources({ SSL_CERT_FILE: "/ssl.pem" }, text), [
    ["mirror.gone", "http://x", "file"],
    ...defaults,
    ["ca-file", "/home/ca.pem", "file"],
    ["require-signature", true, "file"],
  ]);
  const env = { SSL_CERT_FILE: "/ssl.pem", CUBIC_REQUIRE_SIGNATURE: "false" };
  deepEqual((await sources({ ...env, CUBIC_CA_FILE: "/own.pem" }, text)).slice(-2), [
    ["ca-file", "/own.pem", "CUBIC_CA_FILE"],
    ["require-signature", false, "CUBIC_REQUIRE_SIGNATURE"],
  ]);
  deepEqual((await sources(env)).at(-2), ["ca-file", "/ssl.pem", "SSL_CERT_FILE"]);
});

Deno.test("loadConfig() takes the same values, and refuses a wrong one in the environment", async () => {
  await using app = await appWith({ CUBIC_REQUIRE_SIGNATURE: "true" });
  deepEqual(await loadConfig(app.paths.configFile, app.host.env), {
    mirror: {},
    requireSignature: true,
  });
  const wrong = (name: string): string | undefined =>
    name === "CUBIC_REQUIRE_SIGNATURE" ? "perhaps" : undefined;
  await rejects(loadConfig(app.paths.configFile, wrong), {
    code: "invalid-value",
    message: /"perhaps" for CUBIC_REQUIRE_SIGNATURE/,
  });
});

Deno.test("setSetting warns of an environment variable that wins", async () => {
  await using app = await appWith({ CUBIC_REQUIRE_SIGNATURE: "true" });
  const change = await setSetting(app, "require-signature", "false", signal);
  equal(change.overriddenBy, "CUBIC_REQUIRE_SIGNATURE");
});

Deno.test("unsetSetting and getSetting reach the mirror of a distribution that is gone", async () => {
  await using app = await appWith({}, '[mirror]\ngone = "https://x"\n');
  equal((await getSetting(app, "mirror.gone")).value, "https://x");
  await unsetSetting(app, "mirror.gone", signal);
  equal(await fileText(app), "[mirror]\n");
  await rejects(getSetting(app, "mirror.gone"), { code: "distro-not-found" });
  equal((await getSetting(app, "mirror.deb")).key, "mirror.debian");
  equal((await getSetting(app, "mirror.deb")).value, null);
});

Deno.test("the settings of new instances are read from the file, and the environment wins", async () => {
  const text = 'image = "deb"\nuser = "ann"\ncpus = 2\nmemory = "1.5G"\ndisk = "20G"\n';
  await using app = await appWith({}, text);
  const load = (env: Record<string, string>): ReturnType<typeof loadConfig> =>
    loadConfig(app.paths.configFile, (name) => env[name], app.distros);
  const file = {
    ...{ mirror: {}, image: "deb", user: "ann", cpus: 2 },
    ...{ memory: 1.5 * 1024 ** 3, disk: 20 * 1024 ** 3 },
  };
  deepEqual(await load({}), file);
  const env = { CUBIC_IMAGE: "ubuntu", CUBIC_USER: "bob", CUBIC_CPUS: "3", CUBIC_MEMORY: "512M" };
  deepEqual(await load({ ...env, CUBIC_DISK: "1T" }), {
    ...{ mirror: {}, image: "ubuntu", user: "bob", cpus: 3 },
    ...{ memory: 512 * 1024 ** 2, disk: 1024 ** 4 },
  });
});

Deno.test("a wrong default for new instances is refused where it is written", async () => {
  await using app = await appWith();
  const wrong = {
    ...{ image: "", user: "Root!", cpus: "0", memory: "4096", disk: "0B" },
  };
  for (const [key, value] of Object.entries(wrong)) {
    await rejects(setSetting(app, key, value, signal), { code: "invalid-value" }, key);
    const env = (name: string): string | undefined =>
      name === `CUBIC_${key.toUpperCase()}` ? value || " " : undefined;
    const message = new RegExp(`for CUBIC_${key.toUpperCase()}$`);
    await rejects(loadConfig(app.paths.configFile, env), { code: "invalid-value", message }, key);
  }
  await setSetting(app, "cpus", "2", signal);
  await setSetting(app, "image", "./disk.qcow2", signal);
  equal(await fileText(app), `cpus = 2\nimage = "${Deno.cwd()}/disk.qcow2"\n`);
});

Deno.test("a mirror in the environment wins over the file, and is told as such", async () => {
  const env = { CUBIC_MIRROR_DEBIAN: "https://env.example/debian/" };
  await using app = await appWith(env, '[mirror]\ndebian = "https://file.example"\n');
  const config = await loadConfig(app.paths.configFile, app.host.env, app.distros);
  deepEqual(config.mirror, { debian: "https://env.example/debian" });
  const { value, variable } = await getSetting(app, "mirror.deb");
  deepEqual([value, variable], ["https://env.example/debian", "CUBIC_MIRROR_DEBIAN"]);
  const change = await setSetting(app, "mirror.debian", "https://other.example", signal);
  equal(change.overriddenBy, "CUBIC_MIRROR_DEBIAN");
  const wrong = (name: string): string | undefined =>
    name === "CUBIC_MIRROR_DEBIAN" ? "ftp://x" : undefined;
  await rejects(loadConfig(app.paths.configFile, wrong, app.distros), {
    code: "invalid-value",
    message: 'Cannot use "ftp://x" as CUBIC_MIRROR_DEBIAN',
  });
});
