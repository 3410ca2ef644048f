/**
 * Networks of companies: a proxy between cubic and the vendors, and certificate authorities of their own. The vendor
 * is called images.invalid, a name that only the proxy knows.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { type DebianMirror, serveDebianImage } from "../support/mirror.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { type Finished, makeSandbox } from "../support/sandbox.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { makeAuthority, type TestAuthority } from "../support/tls.ts";

/** What a company has. */
interface Company extends AsyncDisposable {
  readonly mirror: DebianMirror;
  readonly proxy: Proxy;
  readonly authority: TestAuthority;
  /** The port of the vendor's TLS server on this machine. */
  readonly tlsPort: number;
}

async function makeCompany(): Promise<Company> {
  const dir = await makeTempDir();
  const authority = await makeAuthority();
  const mirror = await serveDebianImage(await blankImage(dir), realHost().arch);
  const { origin, port } = new URL(mirror.url);
  const tls = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...authority.server },
    async ({ url }) => {
      const { status, headers, body } = await fetch(origin + new URL(url).pathname);
      return new Response(body, { status, headers });
    },
  );
  const tlsPort = tls.addr.port;
  const proxy = startProxy({ http: Number(port), https: tlsPort });
  return {
    ...{ mirror, proxy, authority, tlsPort },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await tls.shutdown();
      await mirror[Symbol.asyncDispose]();
      await authority[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function blankImage({ path }: TempDir): Promise<string> {
  const file = join(path, "blank.qcow2");
  const { code, stderr } = await realHost().run("qemu-img", [
    ...["create", "-q", "-f", "qcow2", file, "64M"],
  ]);
  if (code !== 0) throw new Error(stderr);
  return file;
}

/** Creates an instance from an image of that mirror, in a home of its own; `settings` are lines of config.toml. */
async function create(
  mirror: string,
  env: Readonly<Record<string, string>>,
  settings = "",
): Promise<Finished> {
  // What this machine itself has set must not take part, nor Deno's question for a newer Deno.
  const quiet = { SSL_CERT_FILE: "", DENO_NO_UPDATE_CHECK: "1" };
  await using sandbox = await makeSandbox({ ...quiet, ...env });
  await Deno.writeTextFile(
    join(sandbox.home, "config.toml"),
    `${settings}\n[mirror]\ndebian = "${mirror}"\n`,
  );
  return await sandbox.cubic("create", "web", "--image", "debian:bookworm");
}

for (const name of ["HTTP_PROXY", "http_proxy"]) {
  Deno.test(`cubic reaches an http vendor through ${name}`, async () => {
    await using company = await makeCompany();
    const { code, stderr } = await create("http://images.invalid/images/cloud", {
      [name]: company.proxy.url,
    });
    equal(code, 0, stderr);
    match(company.proxy.requests[0] ?? "", /^GET http:\/\/images\.invalid\/images\/cloud\/.* HTTP/);
    ok(company.mirror.requests.some((path) => path.endsWith(".qcow2")));
  });
}

for (const name of ["HTTPS_PROXY", "https_proxy"]) {
  Deno.test(`cubic reaches an https vendor through ${name}, with the company's authority`, async () => {
    await using company = await makeCompany();
    const { code, stderr } = await create("https://images.invalid/images/cloud", {
      [name]: company.proxy.url,
      CUBIC_CA_FILE: company.authority.caFile,
    });
    equal(code, 0, stderr);
    deepEqual([...new Set(company.proxy.requests)], ["CONNECT images.invalid:443 HTTP/1.1"]);
  });
}

for (const name of ["NO_PROXY", "no_proxy"]) {
  Deno.test(`cubic goes around the proxy for what ${name} names`, async () => {
    await using company = await makeCompany();
    const proxied = { HTTP_PROXY: company.proxy.url };
    const around = await create(company.mirror.url, {
      ...proxied,
      [name]: "example.org,127.0.0.1",
    });
    equal(around.code, 0, around.stderr);
    deepEqual(company.proxy.requests, []);
    equal((await create(company.mirror.url, proxied)).code, 0);
    ok(company.proxy.requests.length > 0);
  });
}

Deno.test("cubic trusts a company's authority by setting or environment, and says how without", async () => {
  await using company = await makeCompany();
  const mirror = `https://localhost:${company.tlsPort}/images/cloud`;
  const refused = await create(mirror, {});
  equal(refused.code, 1);
  match(refused.stderr, /Cannot trust localhost:\d+/);
  match(refused.stderr, /hint: .*`cubic config set ca-file FILE`/);
  const { caFile } = company.authority;
  const ways: readonly (readonly [env: Record<string, string>, settings: string])[] = [
    [{}, `ca-file = "${caFile}"`],
    [{ CUBIC_CA_FILE: caFile }, 'ca-file = "/nonexistent.pem"'],
    [{ SSL_CERT_FILE: caFile }, ""],
    [{ SSL_CERT_FILE: "/nonexistent.pem" }, `ca-file = "${caFile}"`],
  ];
  for (const [env, settings] of ways) {
    const { code, stderr } = await create(mirror, env, settings);
    equal(code, 0, `${JSON.stringify(env)} ${settings}: ${stderr}`);
  }
});

Deno.test("cubic trusts the authorities of the system beside the company's when told to", async () => {
  await using company = await makeCompany();
  await using other = await makeAuthority();
  const mirror = `https://localhost:${company.tlsPort}/images/cloud`;
  // The system's own list is where SSL_CERT_FILE points; it counts for nothing else beside CUBIC_CA_FILE.
  const env = { SSL_CERT_FILE: company.authority.caFile, CUBIC_CA_FILE: other.caFile };
  equal((await create(mirror, env)).code, 1);
  const { code, stderr } = await create(mirror, { ...env, DENO_TLS_CA_STORE: "system" });
  equal(code, 0, stderr);
});

Deno.test("cubic names the setting when its file of authorities is gone", async () => {
  await using company = await makeCompany();
  const { code, stderr } = await create(company.mirror.url, {}, 'ca-file = "/nonexistent/ca.pem"');
  equal(code, 3);
  match(
    stderr,
    /error: Cannot find the file of `ca-file`: \/nonexistent\/ca\.pem\nhint: .*config list/,
  );
});
