/** Writing a stored image to a file of the user's. */
import { basename, dirname, join, resolve } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere, syncPath } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { convertImage, type DiskFormat, measureImage } from "./convert.ts";
import type { StoredImage } from "./sidecar.ts";
import { requireSpace } from "./space.ts";
import { copyImage } from "./unpack_copy.ts";

/** Where to write an image, and how. */
export interface ExportRequest {
  readonly output: string;
  readonly format: DiskFormat;
  /** Packs the clusters of a qcow2 file; without it the file is the stored one, byte for byte. */
  readonly compress?: boolean;
  /** Replaces a file that is there already. */
  readonly force?: boolean;
}

/** The written file. */
export interface ExportedImage {
  readonly path: string;
  /** Bytes; a raw file takes less on the disk, because its zeros are holes. */
  readonly size: number;
}

/**
 * Writes a copy of the image beside its final place and renames it, so that a file of that name is whole.
 * @throws CubicError "usage", "file-not-found", "invalid-value", "disk-full", "qemu-missing", "qemu-failed",
 * "interrupted".
 */
export async function exportImage(
  app: Pick<App, "host">,
  image: StoredImage,
  request: ExportRequest,
  operation: Operation,
): Promise<ExportedImage> {
  const path = resolve(request.output);
  if (request.compress && request.format === "raw") {
    throw new CubicError("usage", "Cannot compress a raw image: only qcow2 has compression inside");
  }
  await requirePlace(path, request);
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.part`,
  );
  try {
    await write(app, image, request, temporary, operation);
    await Deno.chmod(temporary, 0o644);
    await syncPath(temporary);
    await requirePlace(path, request);
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary).catch(() => {});
    throw describeFailure(`write ${request.output}`, error);
  } finally {
    operation.report({ kind: "done", label: basename(path) });
  }
  return { path, size: (await Deno.stat(path)).size };
}

async function write(
  { host }: Pick<App, "host">,
  image: StoredImage,
  { output, format, compress }: ExportRequest,
  to: string,
  operation: Operation,
): Promise<void> {
  const label = basename(output);
  const bytes = format === "raw"
    ? await measureImage(host, image.path, "raw", operation.signal)
    : image.size;
  await requireSpace(dirname(to), bytes, `write ${output}`);
  operation.report({ kind: "step", text: `Writing ${label}` });
  if (format === "qcow2" && !compress) return await copyImage(image.path, to, label, operation);
  await convertImage(host, {
    from: image.path,
    fromFormat: "qcow2",
    to,
    toFormat: format,
    ...(compress && { compress }),
    label,
    size: image.virtualSize,
  }, operation);
}

async function requirePlace(path: string, { output, force }: ExportRequest): Promise<void> {
  const there = await statIfThere(path).catch((error) => {
    throw describeFailure(`write ${output}`, error);
  });
  if (there && !there.isFile) {
    throw new CubicError("invalid-value", `Cannot write ${output}: it is not a file`, {
      hint: "Name the file to write.",
    });
  }
  if (there && !force) {
    throw new CubicError("usage", `Cannot write ${output}: there is a file already`, {
      hint: "Choose another name, or replace it with `--force`.",
    });
  }
  if (!there && !await statIfThere(dirname(path))) {
    throw new CubicError("file-not-found", `Cannot write ${output}: there is no such directory`, {
      hint: `Make it with:\n  mkdir -p ${dirname(path)}`,
    });
  }
}
