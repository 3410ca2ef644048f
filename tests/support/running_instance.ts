/** An instance that counts as running: its process is this test's own, its QMP socket a stand-in's. */
import { dirname } from "node:path";
import { realHost } from "../../core/host.ts";
import { runPlace, writeRun } from "../../core/instances/run_record.ts";
import { readInstance } from "../../core/instances/store.ts";
import { instanceFiles, type Paths } from "../../core/paths.ts";
import { identifyProcess } from "../../core/process.ts";
import { answering, type Conversation, serveQmp, silence } from "./qmp_server.ts";

/** Makes an instance look as if it ran until it is disposed of; its QEMU says nothing. */
export function unresponsiveInstance(paths: Paths, name: string): Promise<AsyncDisposable> {
  return servedInstance(paths, name, silence);
}

/** The same with a QEMU that says that its guest runs. */
export function answeringInstance(paths: Paths, name: string): Promise<AsyncDisposable> {
  const isWell = (command: string): unknown => {
    if (command === "query-status") return { status: "running", running: true };
    return command === "qom-list" ? [] : {};
  };
  return servedInstance(paths, name, answering(isWell));
}

async function servedInstance(
  paths: Paths,
  name: string,
  conversation: Conversation,
): Promise<AsyncDisposable> {
  const place = await runPlace(paths, await readInstance(paths, name));
  const process = await identifyProcess(realHost(), Deno.pid);
  if (!process) throw new Error("this test's own process is not to be found");
  await Deno.mkdir(dirname(place.qmpSocket), { recursive: true });
  const server = serveQmp(place.qmpSocket, conversation);
  const startedAt = "2026-01-02T03:04:05.000Z";
  await writeRun(instanceFiles(paths, name), { ...place, process, accelerator: "tcg", startedAt });
  return server;
}
