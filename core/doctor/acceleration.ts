/** Whether guests run on the hardware, and if not, why. */
import type { App } from "../app.ts";
import {
  findObstacle,
  forgetVerdict,
  readVerdict,
  type VerdictScope,
} from "../qemu/accelerator.ts";
import { findFirmware } from "../qemu/firmware.ts";
import { probeQemu } from "../qemu/locate.ts";
import type { Check, Found } from "./finding.ts";
import { explainKvm, readKvm } from "./kvm.ts";

/** KVM or Hypervisor.framework: whether it is there, may be used, and was seen to work. */
export const accelerationCheck: Check = {
  name: "Acceleration",
  about: "host",
  look: async (app) => [await judge(app)],
  async mend(app) {
    const scope = await scopeOf(app);
    if (!scope || (await readVerdict(app.paths, scope))?.works !== false) return [];
    await forgetVerdict(app.paths, scope.arch);
    return ["Forgot that acceleration did not work"];
  },
};

async function judge(app: App): Promise<Found> {
  const { host } = app;
  const general = await findObstacle(host, host.arch);
  const facts = host.os === "linux" ? await readKvm(host) : undefined;
  const obstacle = general && ((facts && explainKvm(facts)) ?? general);
  if (obstacle) {
    const text = `none, guests are emulated: ${obstacle.what}`;
    return { level: "warning", text, remedy: obstacle.remedy };
  }
  const name = host.os === "darwin" ? "hvf" : "kvm";
  const scope = await scopeOf(app);
  const verdict = scope && await readVerdict(app.paths, scope);
  if (verdict?.works === false) return refused(name, verdict.reason);
  const seen = verdict ? "runs guests" : "can be opened; the first start will try it";
  const nested = facts?.nested === undefined
    ? ""
    : `; guests may${facts.nested ? "" : " not"} run guests of their own`;
  return { level: "ok", text: `${name} ${seen}${nested}` };
}

function refused(name: string, reason: string): Found {
  return {
    level: "warning",
    text: `none, guests are emulated: ${name} can't run a guest here (${reason})`,
    remedy:
      "If this host is itself a virtual machine, its host must allow nested virtualisation. " +
      "`cubic doctor --fix` forgets this verdict, so that the next start tries again.",
  };
}

/** What a verdict holds for; undefined without QEMU or firmware. */
async function scopeOf({ host, paths }: App): Promise<VerdictScope | undefined> {
  try {
    const { arch } = host;
    const { program } = await probeQemu(host, paths, arch);
    const { code } = await findFirmware(host, program, arch);
    return { qemu: program, firmware: code, arch };
  } catch {
    return undefined;
  }
}
