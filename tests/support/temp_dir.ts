/** A temporary directory that goes away with `await using`. */

/** The directory's path, and its end. */
export interface TempDir extends AsyncDisposable {
  readonly path: string;
}

/** Makes one; with a short path where sockets will be in it. */
export async function makeTempDir(options: { readonly short?: boolean } = {}): Promise<TempDir> {
  const path = await Deno.makeTempDir(options.short ? { dir: "/tmp", prefix: "ct" } : {});
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
