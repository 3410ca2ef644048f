/** Certificates of a test: an authority of its own and what it signs, made by openssl. */
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { makeTempDir } from "./temp_dir.ts";

/** The files of an authority, and their end. */
export interface TestAuthority extends AsyncDisposable {
  readonly dir: string;
  /** The authority's certificate. */
  readonly caFile: string;
  /** The certificate and the key of a server on 127.0.0.1, localhost and images.invalid, in PEM format. */
  readonly server: { readonly cert: string; readonly key: string };
}

/** Makes one that is good for a day. */
export async function makeAuthority(): Promise<TestAuthority> {
  const temp = await makeTempDir();
  const dir = temp.path;
  const openssl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await realHost().run("openssl", args, { cwd: dir });
    if (code !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
  };
  const key = (name: string): string[] => [
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-keyout", `${name}.key`, "-subj", `/CN=cubic test ${name}`],
  ];
  const names = "DNS:localhost,DNS:images.invalid,IP:127.0.0.1";
  const extensions = `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`;
  await Deno.writeTextFile(join(dir, "server.ext"), extensions);
  await openssl("req", "-x509", ...key("ca"), "-out", "ca.pem", "-days", "1");
  await openssl("req", ...key("server"), "-out", "server.csr");
  await openssl(
    ...["x509", "-req", "-in", "server.csr", "-out", "server.pem", "-days", "1"],
    ...["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "server.ext"],
  );
  const read = (name: string): Promise<string> => Deno.readTextFile(join(dir, name));
  return {
    dir,
    caFile: join(dir, "ca.pem"),
    server: { cert: await read("server.pem"), key: await read("server.key") },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}
