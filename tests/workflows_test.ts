/** The workflows of GitHub Actions: what they name is there. Whether they run is seen on GitHub alone. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import manifest from "../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "..");
const FOLDER = join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly steps?: readonly Step[];
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function workflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(join(FOLDER, name)));
}

function commands({ jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps.map(({ run = "" }) => run));
}

/** Files of the repository that a command names; what is made before it is used is below dist. */
function filesIn(command: string): string[] {
  return [...command.matchAll(/(?<![\w/.-])(?:\.\/)?((?:scripts|tests|\.ci)\/[\w./-]+)/g)]
    .map(([, path = ""]) => path);
}

const names = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);

for (const name of names) {
  Deno.test(`${name}: every script, task and workflow that it names is there`, async () => {
    const read = await workflow(name);
    for (const command of commands(read)) {
      for (const path of filesIn(command)) ok((await Deno.stat(join(ROOT, path))).isFile, path);
      for (const [, task = ""] of command.matchAll(/\bdeno task ([\w:]+)/g)) {
        ok(task in manifest.tasks, task);
      }
      const { code, stderr } = await new Deno.Command("sh", { args: ["-n", "-c", command] })
        .output();
      equal(code, 0, new TextDecoder().decode(stderr));
    }
    for (const job of Object.values(read.jobs)) {
      if (job.uses?.startsWith("./")) await Deno.stat(join(ROOT, job.uses));
      if (job.needs !== undefined) ok(job.needs in read.jobs, job.needs);
    }
  });

  Deno.test(`${name}: may only read unless a job asks for more, ends in time, and pins its actions`, async () => {
    const { permissions, jobs } = await workflow(name);
    deepEqual(permissions, { contents: "read" });
    for (const [title, job] of Object.entries(jobs)) {
      ok(job.uses !== undefined || (job["timeout-minutes"] ?? 0) > 0, title);
      for (const { uses } of job.steps ?? []) if (uses !== undefined) match(uses, /@v\d+$/);
    }
  });
}

Deno.test("CI compiles for every system that it can reach, and looks at what file(1) says of them", async () => {
  const all = commands(await workflow("ci.yml"));
  ok(all.includes("bash .ci/run"));
  ok(all.includes("deno task compile --target all --reachable"));
  ok(all.includes("file dist/cubic-*"));
});

Deno.test("a release is tested, compiled for all systems, attested and described", async () => {
  const read = await workflow("release.yml");
  const { release } = read.jobs;
  equal(release?.needs, "test");
  deepEqual(release?.permissions, {
    contents: "write",
    "id-token": "write",
    attestations: "write",
  });
  const all = commands(read).join("\n");
  for (
    const part of [
      ...["deno task compile --target all\n", "scripts/package/share.ts", "--arch arm64"],
      ...["scripts/package/formula.ts", "scripts/release_notes.ts", "dist/SHA256SUMS"],
      ...["sha256sum --check", "scripts/release.ts --check"],
    ]
  ) ok(all.includes(part), part);
  ok(release?.steps?.some(({ uses }) => uses?.startsWith("actions/attest-build-provenance@")));
});

Deno.test("the install.sh of a release knows where releases are", async () => {
  const all = commands(await workflow("release.yml")).join("\n");
  const [, from = "", to = ""] = /sed "s\|(.*?)\|(.*?)\|" scripts\/install\.sh/.exec(all) ?? [];
  const script = await Deno.readTextFile(join(ROOT, "scripts/install.sh"));
  equal(script.split(from).length, 2);
  match(script.replace(from, to), /^published_at='\$REPOSITORY\/releases'$/m);
});
