/** `cubic help environment` */

const LINES = [
  ["CUBIC_MIRROR_<DISTRO>", "the setting mirror.<distro>, as in CUBIC_MIRROR_DEBIAN"],
  ["CUBIC_HOME", "one directory for data, cache and configuration"],
  ["CUBIC_QEMU_DIR", "where QEMU and qemu-img are"],
  ["CUBIC_QEMU_FW_AMD64, CUBIC_QEMU_FW_ARM64", "a UEFI code file"],
  ["XDG_DATA_HOME, XDG_CACHE_HOME, XDG_CONFIG_HOME", "where those are kept on Linux"],
  ["TMPDIR", "sockets, and the work of `cubic image build`"],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxies for everything that is fetched"],
  ["SSL_CERT_FILE, DENO_TLS_CA_STORE", "which certificate authorities are trusted"],
  ["NO_COLOR", "no colours"],
  ["TERM=dumb", "no colours and no live progress"],
  ["USER, LOGNAME", "the guest's user, unless --user names another"],
  ["SHELL", "the shell `cubic completions` writes for"],
] as const;

/** The variables, with those of the settings. */
export async function text(): Promise<string> {
  const { SETTINGS } = await import("../../../core/config_keys.ts");
  const settings = SETTINGS.map(({ env, key }) => [env, `the setting ${key}`] as const);
  return `
ENVIRONMENT VARIABLES

${[...settings, ...LINES].map(([name, says]) => `  ${name}\n      ${says}`).join("\n")}
`;
}
