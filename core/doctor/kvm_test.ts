import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { makeTempDir } from "../../tests/support/temp_dir.ts";
import { explainKvm, type KvmFacts, readKvm } from "./kvm.ts";

const HOST = { env: (name: string) => name === "USER" ? "ann" : undefined };

/** A host's files: a text for each path. */
async function makeRoot(files: Readonly<Record<string, string>>): Promise<
  { path: string } & AsyncDisposable
> {
  const dir = await makeTempDir();
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(dir.path, path)), { recursive: true });
    await Deno.writeTextFile(join(dir.path, path), text);
  }
  return dir;
}

const NOTHING: KvmFacts = {
  device: undefined,
  opens: false,
  user: "ann",
  modules: [],
  vendor: undefined,
  virtual: false,
  nested: undefined,
};

Deno.test("KVM that can be opened has nothing in its way, and tells whether it nests", async () => {
  await using root = await makeRoot({
    "dev/kvm": "",
    "proc/cpuinfo": "processor : 0\nflags\t\t: fpu vmx hypervisor\n",
    "sys/module/kvm/x": "",
    "sys/module/kvm_intel/parameters/nested": "Y\n",
  });
  const facts = await readKvm(HOST, root.path);
  const { opens, modules, vendor, virtual, nested } = facts;
  deepEqual({ opens, modules: [...modules].sort(), vendor, virtual, nested }, {
    opens: true,
    modules: ["kvm", "kvm_intel"],
    vendor: "intel",
    virtual: true,
    nested: true,
  });
  equal(explainKvm(facts), undefined);
});

Deno.test("a host whose module of KVM is not loaded is told which one to load", async () => {
  await using root = await makeRoot({ "proc/cpuinfo": "flags : fpu svm\n" });
  equal(explainKvm(await readKvm(HOST, root.path))?.remedy, "`sudo modprobe kvm_amd`");
});

Deno.test("a virtual machine without nested virtualisation is told whose switch that is", async () => {
  await using root = await makeRoot({ "proc/cpuinfo": "flags : fpu hypervisor\n" });
  match(explainKvm(await readKvm(HOST, root.path))?.what ?? "", /nested virtualisation/);
  match(explainKvm(NOTHING)?.remedy ?? "", /firmware set-up/);
});

Deno.test("the group of /dev/kvm is read from the host's own list", async () => {
  const gid = await ownGroup();
  await using root = await makeRoot({ "dev/kvm": "", "etc/group": `kvm:x:${gid}:bob,ann\n` });
  deepEqual((await readKvm(HOST, root.path)).device, { group: "kvm", members: ["bob", "ann"] });
});

Deno.test("a user without rights is sent to the group, and one who has them in again", () => {
  const closed = (members: string[]): KvmFacts => ({
    ...NOTHING,
    device: { group: "kvm", members },
  });
  match(explainKvm(closed(["bob"]))?.remedy ?? "", /`sudo usermod -aG kvm "\$USER"`/);
  match(explainKvm(closed(["ann"]))?.remedy ?? "", /^Log out and in again/);
});

async function ownGroup(): Promise<number> {
  await using dir = await makeTempDir();
  const path = join(dir.path, "file");
  await Deno.writeTextFile(path, "");
  return (await Deno.stat(path)).gid ?? 0;
}
