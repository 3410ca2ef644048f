/** The images and distributions that a word may name. No vendor is asked: what is known of them is on the disk. */
import type { App, KnownDistro } from "../../core/app.ts";
import type { Context } from "../context.ts";
import type { Answer, Candidate } from "./answer.ts";
import type { Slot } from "./line.ts";

/** Names of images or distributions. */
export async function imageCandidates(
  context: Context,
  source: "image" | "stored" | "distro" | "added" | "plugin",
  { word, before }: Slot,
): Promise<Answer> {
  if (source === "image" && /^[./~]|^https?:/.test(word)) return { candidates: [], files: true };
  const app = await context.load();
  const candidates = await named(app, source, word);
  return {
    candidates: candidates.filter(({ value }) => !before.includes(value)),
    ...(source === "plugin" && { files: true }),
  };
}

async function named(
  app: App,
  source: "image" | "stored" | "distro" | "added" | "plugin",
  word: string,
): Promise<Candidate[]> {
  if (source === "stored") return await storedNames(app);
  const titled = (distro: KnownDistro): Candidate => ({
    value: distro.name,
    description: distro.title,
  });
  if (source === "added") return app.distros.filter(({ added }) => added).map(titled);
  if (source !== "image") return app.distros.map(titled);
  const stored = await storedNames(app);
  if (!word.includes(":")) {
    const known = new Set(app.distros.map(({ name }) => name));
    const own = stored.filter(({ value }) => !known.has(value.split(":")[0] ?? ""));
    return [...app.distros.map(titled), ...own];
  }
  const [name = ""] = word.split(":");
  const distro = app.distros.find((each) => [each.name, ...each.aliases ?? []].includes(name));
  if (!distro) return stored;
  const offered = await releaseNames(app, distro, name);
  const known = new Set(offered.map(({ value }) => value));
  return [...offered, ...stored.filter(({ value }) => !known.has(value))];
}

/** The names that are written: without the architecture where it is this host's. */
async function storedNames({ paths, host }: App): Promise<Candidate[]> {
  const { listImages } = await import("../../core/images/store.ts");
  const { images } = await listImages(paths);
  return images.flatMap(({ names: [name], version }) =>
    name === undefined
      ? []
      : [{ value: name.replace(new RegExp(`:${host.arch}$`), ""), description: version }]
  );
}

async function releaseNames(app: App, distro: KnownDistro, name: string): Promise<Candidate[]> {
  const { rememberedReleases } = await import("../../core/images/releases.ts");
  const releases = await rememberedReleases(app, distro);
  const seen = new Set<string>();
  return releases.flatMap(({ version, codename, tags = [] }) =>
    [version, codename, ...tags].flatMap((word): Candidate[] => {
      if (word === undefined || seen.has(word)) return [];
      seen.add(word);
      const other = word === version ? codename : version;
      return [{
        value: `${name}:${word}`,
        ...(other !== undefined && other !== word && { description: other }),
      }];
    })
  );
}
