/**
 * Writes the Homebrew formula of a release.
 *
 *     formula.ts --repository URL [--sums dist/SHA256SUMS] [--output packaging/homebrew/cubic.rb]
 */
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../../deno.json" with { type: "json" };
import { programName, TARGETS } from "../compile/targets.ts";
import { readSums } from "../sha256sums.ts";
import { complain, print } from "../terminal.ts";
import { shareName } from "./share.ts";

/** What a formula is made of. */
export interface FormulaFacts {
  readonly version: string;
  /** The repository whose releases have the files. */
  readonly repository: string;
  /** SHA-256 by file name. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * The text of the formula (docs.brew.sh/Formula-Cookbook).
 * @throws Error when a file has no digest: a formula without one would verify nothing.
 */
export function formula({ version, repository, digests }: FormulaFacts): string {
  if (!/^https:\/\/[\w.-]+(\/[\w.-]+)*$/.test(repository)) {
    throw new Error(`${repository} is no address of a repository`);
  }
  const source = (name: string, indent: number): string => {
    const digest = digests.get(name);
    if (digest === undefined) throw new Error(`SHA256SUMS has no ${name}`);
    const url = `${repository}/releases/download/v${version}/${name}`;
    return [`url "${url}"`, `sha256 "${digest}"`].map((line) => " ".repeat(indent) + line).join(
      "\n",
    );
  };
  const systems = (["darwin", "linux"] as const).map((os) => {
    const cases = TARGETS.filter((target) => target.os === os).map((target) =>
      `    on_${target.arch === "aarch64" ? "arm" : "intel"} do\n` +
      `${source(programName(version, target), 6)}\n    end\n`
    );
    return `  on_${os === "darwin" ? "macos" : "linux"} do\n${cases.join("")}  end\n`;
  });
  return `# Made by scripts/package/formula.ts for each release.
class Cubic < Formula
  desc "Lightweight Linux virtual machines from cloud images"
  homepage "${repository}"
  version "${version}"
  license "MIT"

  depends_on "qemu"

${systems.join("\n")}
  resource "share" do
${source(shareName(version), 4)}
  end

  def install
    bin.install Dir["cubic-*"].first => "cubic"
    resource("share").stage do
      man1.install Dir["man/*.1"]
      bash_completion.install "completions/cubic.bash" => "cubic"
      zsh_completion.install "completions/_cubic"
      fish_completion.install "completions/cubic.fish"
    end
  end

  test do
    assert_match "cubic #{version}", shell_output("#{bin}/cubic --version")
    ENV["CUBIC_HOME"] = testpath/"home"
    assert_equal "[]", shell_output("#{bin}/cubic instances --json").strip
  end
end
`;
}

async function main(): Promise<number> {
  const root = join(import.meta.dirname ?? ".", "..", "..");
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      repository: { type: "string" },
      sums: { type: "string", default: join(root, "dist", "SHA256SUMS") },
      output: { type: "string", default: join(root, "packaging", "homebrew", "cubic.rb") },
    },
  });
  if (values.repository === undefined) {
    complain("--repository names the repository whose releases have the files.");
    return 2;
  }
  const digests = readSums(await Deno.readTextFile(values.sums));
  const { version } = manifest;
  const text = formula({ version, repository: values.repository, digests });
  await Deno.mkdir(dirname(values.output), { recursive: true });
  await Deno.writeTextFile(values.output, text);
  print(`Wrote ${values.output}`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
