/** What `show` and `image show` print of an image. */
import type { App } from "../core/app.ts";
import { type Context, operation } from "./context.ts";
import { type OutputFlags, printResult } from "./output.ts";

/** Prints an image: a stored one, or else what its vendor offers. */
export async function printImage(
  context: Context,
  app: App,
  name: string,
  flags: OutputFlags & { readonly verify?: true | undefined },
): Promise<void> {
  const { showImage } = await import("../core/images/show.ts");
  const { describeImage, describeOffer, renderImage, renderOffer } = await import("./ui/images.ts");
  const shown = await showImage(app, name, operation(context), flags.verify === true);
  if ("remote" in shown) {
    return await printResult(context, flags, {
      value: describeOffer(shown),
      text: () => renderOffer(shown),
    });
  }
  const { imageUsers } = await import("../core/instances/image_use.ts");
  const usedBy = (await imageUsers(app, [shown.image])).get(shown.image.path) ?? [];
  await printResult(context, flags, {
    value: { ...describeImage(shown.image), usedBy, ...(flags.verify && { intact: true }) },
    text: () => renderImage(shown.image, usedBy),
    note: () => flags.verify && "The stored file still has this digest.",
  });
}
