/** The block route into and out of a real guest. One booted guest serves all steps. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { digestFile } from "../../core/images/digest.ts";
import type { SshConnection } from "../../core/ssh/client.ts";
import { quoteWord } from "../../core/shell_word.ts";
import type { HotPlug } from "../../core/transfer/hot_plug.ts";
import type { RouteOperation, RouteResult } from "../../core/transfer/route.ts";
import { downloadBlock } from "../../core/transfer/routes/block_download.ts";
import { uploadBlock } from "../../core/transfer/routes/block_upload.ts";
import { bootGuest, type Guest } from "../support/guest.ts";
import { eventually } from "../support/sandbox.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const HOME = "/home/ada";
const MIB = 1024 ** 2;

interface Options {
  readonly connection?: SshConnection;
  readonly ports?: HotPlug;
  readonly useUmask?: boolean;
  readonly op?: Partial<RouteOperation>;
}

function operation(op: Partial<RouteOperation> = {}): RouteOperation {
  return { signal: new AbortController().signal, report: () => {}, moved: () => {}, ...op };
}

function makeCopiers(guest: Guest) {
  return {
    up: (local: string, path: string, options: Options = {}): Promise<RouteResult> => {
      const { connection = guest.connection, ports = guest.ports, useUmask = true, op } = options;
      const job = { local, path, mode: 0o666, useUmask, inPlace: false };
      return uploadBlock(connection, ports, job, operation(op));
    },
    down: async (path: string, part: string, options: Options = {}): Promise<RouteResult> => {
      const { connection = guest.connection, ports = guest.ports, op } = options;
      await Deno.writeFile(part, new Uint8Array());
      return await downloadBlock(connection, ports, { path, part }, operation(op));
    },
  };
}

/** Nothing of ours is in QEMU, in the guest's list of disks, or in the home directory. */
async function nothingIsLeft({ sh, query }: Guest): Promise<void> {
  const devices = await query("qom-list", { path: "/machine/peripheral" });
  const nodes = await query("query-named-block-nodes", { flat: true });
  ok(!/xfer-/.test(JSON.stringify([devices, nodes])), JSON.stringify(devices));
  equal(await sh("cd /sys/block; echo vd*; cd /dev; echo vd?"), "vda vdb\nvda vdb\n");
  const tidy = async (): Promise<boolean> => !/part/.test(await sh("ls -A"));
  // Within the time that an emulated guest on a busy host may take to end a program.
  await eventually("the guest has tidied up", tidy, 60_000);
}

Deno.test("files go into and out of a guest as disks", async (t) => {
  await using guest = await bootGuest();
  await using dir = await makeTempDir();
  const { up, down } = makeCopiers(guest);
  const { sh } = guest;
  const local = async (name: string, size: number): Promise<string> => {
    const path = join(dir.path, name);
    await Deno.writeFile(path, randomBytes(size));
    return path;
  };
  const large = await local("large", 48 * MIB);

  await t.step("scp takes the way that suits: a disk, scp, or a stream", async () => {
    const { sandbox } = guest;
    const route = async (...args: string[]): Promise<string> =>
      (await sandbox.json("scp", ...args)).route;
    equal(await route(large, "web:"), "block");
    equal(await sh("sha256sum large | cut -c 1-64"), `${await digestFile(large, "sha256")}\n`);
    equal(await route("web:large", join(dir.path, "back")), "block");
    equal(await digestFile(join(dir.path, "back"), "sha256"), await digestFile(large, "sha256"));
    const small = await local("small", 5000);
    equal(await route(small, "web:"), "scp");
    equal(await route(small, "web:again", "--route", "block", "--verify"), "block");
    equal(await route(small, "web:again", "--route", "sftp"), "sftp");
    await Deno.mkdir(join(dir.path, "tree/below"), { recursive: true });
    await Deno.writeTextFile(join(dir.path, "tree/below/it's"), "leaf\n");
    equal(await route("-r", join(dir.path, "tree"), "web:"), "stream");
    equal(await sh("cat tree/below/it*"), "leaf\n");
    equal(await route("-r", "web:tree", "web:twin"), "stream");
    equal(await sh("cat twin/below/it*; rm -r tree twin large small again"), "leaf\n");
    await nothingIsLeft(guest);
  });

  await t.step("every size comes back the same, under any name", async () => {
    const names = ["it's", 'a "b" $(id)', "-rf", "line\nend", "`id`;*", "ü 🙂"];
    for (const [index, size] of [1, 511, 512, 513, 4097, 5_000_003].entries()) {
      const source = await local(`s${size}`, size);
      const path = `${HOME}/${names[index]}`;
      deepEqual(await up(source, path), { kind: "done", bytes: size });
      const back = join(dir.path, "back");
      deepEqual(await down(path, back), { kind: "done", bytes: size });
      equal(await digestFile(back, "sha256"), await digestFile(source, "sha256"), `${size}`);
      const sum = await sh(`sha256sum <${quoteWord(path)}`);
      equal(sum.slice(0, 64), await digestFile(source, "sha256"));
      equal(
        await sh(`stat -c '%U %a' -- ${quoteWord(path)}; rm -- ${quoteWord(path)}`),
        "ada 644\n",
      );
    }
    await nothingIsLeft(guest);
  });

  await t.step("it replaces a file, with the mode as it is told", async () => {
    await sh("echo old and longer >target; chmod 600 target");
    await up(await local("new", 3), `${HOME}/target`, { useUmask: false });
    equal(await sh("stat -c '%s %a' target"), "3 666\n");
  });

  await t.step("a file of 5 GiB with four pieces of data stays sparse both ways", async () => {
    const source = join(dir.path, "sparse");
    using file = await Deno.open(source, { createNew: true, write: true });
    for (const offset of [0, 1000, 3000, 5119]) {
      await file.seek(offset * MIB, Deno.SeekMode.Start);
      await file.write(randomBytes(MIB / 4));
    }
    await file.truncate(5 * 1024 * MIB + 1);
    const steps: number[] = [];
    const op = { moved: (done: number, total: number) => void steps.push(done / total) };
    deepEqual(await up(source, `${HOME}/sparse`, { op }), {
      kind: "done",
      bytes: 5 * 1024 * MIB + 1,
    });
    ok(steps.every((step) => step <= 1));
    ok(Number(await sh("du -k sparse | cut -f1")) < 8192);
    const back = join(dir.path, "sparse back");
    await down(`${HOME}/sparse`, back);
    ok((await Deno.stat(back)).blocks! * 512 < 8 * MIB);
    equal(await digestFile(back, "sha256"), await digestFile(source, "sha256"));
  });

  await t.step("what looks like a disk is refused, and so is what makes none", async () => {
    const table = await local("table", 1000);
    await Deno.writeFile(table, new Uint8Array([...randomBytes(510), 0x55, 0xaa, 1, 2]));
    const refused = /partition table/;
    const expect = (result: RouteResult, reason: RegExp): void => {
      equal(result.kind, "unavailable");
      if (result.kind === "unavailable") match(result.reason, reason);
    };
    expect(await up(table, `${HOME}/table`), refused);
    await sh("(head -c 510 /dev/zero; printf '\\125\\252more') >table");
    const part = join(dir.path, "refused");
    expect(await down(`${HOME}/table`, part), refused);
    expect(await up(await local("empty", 0), `${HOME}/empty`), /empty file/);
    await sh(": >empty");
    expect(await down(`${HOME}/empty`, part), /empty file/);
    expect(await down("/etc/shadow", part), /no file that can be read/);
    expect(await up(large, "/etc/large"), /no file can be made there/);
    equal((await Deno.stat(part)).size, 0);
    await sh(
      "sudo useradd -m eve && sudo cp -r .ssh /home/eve && sudo chown -R eve /home/eve/.ssh",
    );
    using eve = await guest.connectAs("eve");
    expect(await up(large, "/home/eve/large", { connection: eve }), /sudo without a password/);
    const disks = await Promise.all(
      ["one", "two"].map((serial) => guest.ports.plug({ path: large, readOnly: true, serial })),
    );
    expect(await up(large, `${HOME}/large`), /both spare ports are taken/);
    for (const disk of disks) await disk.unplug();
    await nothingIsLeft(guest);
  });

  await t.step("a source that changes meanwhile is an error, and nothing of it stays", async () => {
    const touching = (change: () => Promise<unknown>): HotPlug => ({
      plug: async (file) => {
        const disk = await guest.ports.plug(file);
        await change();
        return disk;
      },
    });
    const changed = { code: "transfer-failed", message: /changed while it was read/ };
    const ports = touching(() => Deno.utime(large, 1, 1));
    await rejects(up(large, `${HOME}/changed`, { ports }), changed);
    await sh("head -c 3000000 /dev/urandom >changing");
    const part = join(dir.path, "changing");
    const other = touching(() => sh("touch -d @1 changing"));
    await rejects(down(`${HOME}/changing`, part, { ports: other }), changed);
    await nothingIsLeft(guest);
    await rejects(sh("test -e changed"));
  });

  await t.step("Ctrl-C ends it both ways and leaves nothing", async () => {
    await up(large, `${HOME}/large`);
    for (const direction of ["up", "down"] as const) {
      const controller = new AbortController();
      const stop = (): void => controller.abort();
      // In the middle where that lasts long enough to be hit, else before the first byte.
      const afterMs = guest.ports.accelerator === "tcg" ? 300 : 0;
      const op = { signal: controller.signal };
      const ports: HotPlug = {
        plug: (file) => guest.ports.plug(file).finally(() => setTimeout(stop, afterMs)),
      };
      const copy = direction === "up"
        ? up(large, `${HOME}/stopped`, { op, ports })
        : down(`${HOME}/large`, join(dir.path, "stopped"), { op, ports });
      await rejects(copy, { code: "interrupted" });
      await eventually("no dd is left", () => sh("! pgrep -x dd").then(() => true, () => false));
      await nothingIsLeft(guest);
    }
    await rejects(sh("test -e stopped"));
  });

  await t.step(
    "a full disk in the guest is told, also where direct I/O is not to be had",
    async () => {
      await sh("mkdir small && sudo mount -t tmpfs -o size=8M,uid=$(id -u) tmpfs small");
      await up(await local("fits", 3_000_001), `${HOME}/small/fits`);
      const fits = await digestFile(join(dir.path, "fits"), "sha256");
      equal((await sh("sha256sum <small/fits")).slice(0, 64), fits);
      await rejects(up(large, `${HOME}/small/large`), { code: "disk-full" });
      equal(await sh("ls -A small"), "fits\n");
      await nothingIsLeft(guest);
    },
  );
});
