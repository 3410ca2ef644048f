/** Reading our Markdown: its links, its headings, and the lines of its blocks of code. */

/** A link to something in the repository. */
export interface Link {
  /** As it stands there: `files.md`, `files.md#sockets` or `#sockets`. */
  readonly target: string;
  /** The path, empty for the same file. */
  readonly path: string;
  /** The heading, without its `#`; empty for the whole file. */
  readonly anchor: string;
}

/** The links and images of a text that lead into the repository; those in code are none. */
export function linksIn(markdown: string): Link[] {
  const text = withoutBlocks(markdown).replace(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { target, path, anchor };
    });
}

/** The anchors of a text's headings, as GitHub makes them: a heading that comes twice gets a number. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(markdown).matchAll(/^#{1,6} +(.*)$/gm)) {
    const anchor = heading.trim().toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    let own = anchor;
    for (let count = 1; anchors.has(own); count++) own = `${anchor}-${count}`;
    anchors.add(own);
  }
  return anchors;
}

/** What is typed in a text's blocks of code: where lines begin with `$ `, what follows those; else all lines. */
export function typedIn(markdown: string): string[] {
  return blocksIn(markdown).flatMap((lines) => {
    const typed = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    return typed.length > 0 ? typed : lines;
  });
}

/** A block is indented by four blanks after an empty line, or fenced; of a list's it takes those, too. */
function blocksIn(markdown: string): string[][] {
  return parts(markdown).filter(({ code }) => code).map(({ lines }) => lines);
}

function withoutBlocks(markdown: string): string {
  return parts(markdown).filter(({ code }) => !code).flatMap(({ lines }) => lines).join("\n");
}

interface Part {
  readonly code: boolean;
  readonly lines: string[];
}

function parts(markdown: string): Part[] {
  const found: Part[] = [{ code: false, lines: [] }];
  let fenced = false;
  for (const line of markdown.split("\n")) {
    const last = found.at(-1)!;
    if (line.trim().startsWith("```")) {
      fenced = !fenced;
      found.push({ code: fenced, lines: [] });
    } else if (fenced) last.lines.push(line);
    else if (isIndented(line) && (last.code || last.lines.at(-1)?.trim() === "")) {
      if (last.code) last.lines.push(line.trim());
      else found.push({ code: true, lines: [line.trim()] });
    } else if (last.code && line.trim() !== "") found.push({ code: false, lines: [line] });
    else last.lines.push(line);
  }
  return found;
}

function isIndented(line: string): boolean {
  return /^ {4}\S/.test(line) || /^ {5,}\S/.test(line);
}
