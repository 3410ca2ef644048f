import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { ensureDir, statIfThere } from "../atomic.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { listImages } from "../images/store.ts";
import { instanceFiles } from "../paths.ts";
import { imageUse, removeImages, unusedImages } from "./image_use.ts";
import { lockLayers } from "./layers.ts";
import { Cli, IMAGE } from "../../tests/support/cli.ts";
import { makeOperation } from "../../tests/support/temp_app.ts";

/** A home with an image that "web" stands on. */
async function withImage(cli: Cli): Promise<StoredImage> {
  await cli.ok(`create web -i ${IMAGE} -d 128M`);
  const { images } = await listImages(cli.paths);
  equal(images.length, 1);
  return images[0]!;
}

Deno.test("removeImages() waits for a disk on its way from one name to another", async () => {
  await using cli = await Cli.withImage();
  const image = await withImage(cli);
  const { instances } = cli.paths;
  const lock = await lockLayers(cli.paths, "rename");
  // As a look that is taken around the moment of the rename finds it: under neither name.
  await Deno.rename(join(instances, "web"), join(instances, ".moving"));
  const removing = removeImages(await cli.app(), [image], makeOperation().operation);
  const refused = rejects(removing, { code: "image-in-use", message: /www stands on it/ });
  await new Promise((resolve) => setTimeout(resolve, 150));
  await Deno.rename(join(instances, ".moving"), join(instances, "www"));
  await lock.release();
  await refused;
  equal(await statIfThere(image.path) !== undefined, true);
});

Deno.test("removeImages() removes nothing while there is a disk of which nobody can tell what it stands on", async () => {
  await using cli = await Cli.withImage();
  const image = await withImage(cli);
  const app = await cli.app();
  const { operation } = makeOperation();
  const { disk, config } = instanceFiles(cli.paths, "web");
  await Deno.writeTextFile(disk, "no disk");
  // The instance says it where its disk does not.
  deepEqual([...(await imageUse(app, [image])).users.values()], [["web"]]);
  await Deno.writeTextFile(config, "no instance");
  deepEqual((await imageUse(app, [image])).unknown, ["web"]);
  const refused = { code: "image-in-use", message: /what web stands on can't be told/ };
  await rejects(removeImages(app, [image], operation), refused);
  deepEqual(JSON.parse((await cli.ok("prune --images --dry-run --json")).stdout), []);
  await removeImages(app, await unusedImages(app), operation);
  equal(await statIfThere(image.path) !== undefined, true);
  await Deno.remove(join(cli.paths.instances, "web"), { recursive: true });
  await ensureDir(join(cli.paths.instances, ".create-web"));
  await removeImages(app, [image], operation);
  equal(await statIfThere(image.path), undefined);
});
