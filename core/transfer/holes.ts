/** Where a file of the host has data: asked from the kernel, which knows it without reading. */
import type { Extent } from "./tree.ts";
import { wholeFile } from "./tree.ts";

/** lseek's numbers for the next data and the next hole: Linux has them the other way round than macOS. */
const WHENCE = Deno.build.os === "darwin" ? { data: 4, hole: 3 } : { data: 3, hole: 4 };
const LIBRARIES = Deno.build.os === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", "libc.so"];

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** O_RDONLY | O_CLOEXEC. */
const OPEN_FLAGS = Deno.build.os === "darwin" ? 0x1000000 : 0o2000000;
/** A file in more pieces is sent as it is. */
const MAX_EXTENTS = 100_000;

/** True when a file takes less room than its size; it may be worth to ask for its extents. */
export function looksSparse(size: number, blocks: number | null | undefined): boolean {
  return blocks !== null && blocks !== undefined && size > 64 * 1024 && blocks * 512 < size;
}

/** The extents of a file's first `size` bytes; all of it as one where the system does not tell. */
export function findExtents(path: string, size: number): readonly Extent[] {
  using libc = openLibc();
  if (!libc) return wholeFile(size);
  const fd = libc.symbols.open(new TextEncoder().encode(path + "\0"), OPEN_FLAGS);
  if (fd < 0) return wholeFile(size);
  try {
    return seekExtents(
      (from, whence) => Number(libc.symbols.lseek(fd, BigInt(from), whence)),
      size,
    ) ?? wholeFile(size);
  } finally {
    libc.symbols.close(fd);
  }
}

function seekExtents(
  seek: (from: number, whence: number) => number,
  size: number,
): Extent[] | undefined {
  const extents: Extent[] = [];
  for (let at = 0; at < size;) {
    const start = seek(at, WHENCE.data);
    // No data up to the end, or no such call here.
    if (start < 0) return at === 0 && seek(0, WHENCE.hole) !== 0 ? undefined : extents;
    if (start >= size) break;
    const end = Math.min(size, seek(start, WHENCE.hole));
    if (end <= start || extents.length > MAX_EXTENTS) return undefined;
    extents.push({ offset: start, length: end - start });
    at = end;
  }
  return extents;
}

function openLibc(): (Deno.DynamicLibrary<typeof SYMBOLS> & Disposable) | undefined {
  for (const name of LIBRARIES) {
    try {
      const library = Deno.dlopen(name, SYMBOLS);
      return {
        symbols: library.symbols,
        close: () => library.close(),
        [Symbol.dispose]: () => library.close(),
      };
    } catch {
      // Another name, or none at all: the file is read as a whole.
    }
  }
  return undefined;
}
