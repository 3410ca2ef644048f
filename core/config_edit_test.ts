import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { parse } from "smol-toml";
import { makeRandom } from "../tests/support/random.ts";
import { type EditableValue, editToml } from "./config_edit.ts";

type Case = readonly [
  what: string,
  before: string,
  path: readonly [string, ...string[]],
  value: EditableValue | undefined,
  after: string,
];

const MIRROR = ["mirror", "debian"] as const;
const COMMENTED = `# My settings

ca-file   =  "/old.pem" # from IT

# Mirrors, nearest first
[mirror] # all of them
  ubuntu = 'https://u.example' # fast
  # debian = "https://not.this"

# The end
`;

const CASES: readonly Case[] = [
  ["makes the first key", "", ["a"], true, "a = true\n"],
  ["makes the first table", "", MIRROR, "https://x", '[mirror]\ndebian = "https://x"\n'],
  ["adds a key at the top", "a = 1\n", ["b"], 2, "a = 1\nb = 2\n"],
  ["adds a key before the first table", "[t]\nx = 1\n", ["b"], 2, "b = 2\n\n[t]\nx = 1\n"],
  [
    "keeps a comment with its table",
    "# file\n\n# about t\n[t]\nx = 1\n",
    ["b"],
    2,
    "# file\n\nb = 2\n\n# about t\n[t]\nx = 1\n",
  ],
  ["adds a table at the end", "a = 1\n", MIRROR, "u", 'a = 1\n\n[mirror]\ndebian = "u"\n'],
  ["adds a table to a file without a line end", "a = 1", ["t", "x"], 2, "a = 1\n\n[t]\nx = 2\n"],
  ["adds a key to a file of comments", "# a\n# b\n", ["x"], 1, "# a\n# b\nx = 1\n"],
  [
    "adds a key to an empty table",
    "[t]\n# x = 2\n[u]\n",
    ["t", "x"],
    1,
    "[t]\nx = 1\n# x = 2\n[u]\n",
  ],
  ["replaces a value and nothing else", "a=1#x\nb = 2\n", ["a"], 3, "a=3#x\nb = 2\n"],
  ["replaces a value of another type", 'a = "x"\n', ["a"], false, "a = false\n"],
  ["replaces a value with a # in it", 'a = "x # y" # z\n', ["a"], "#", 'a = "#" # z\n'],
  ["replaces the value of a quoted key", '[m]\n"a b" = 1\n', ["m", "a b"], 2, '[m]\n"a b" = 2\n'],
  ["writes a key that needs quotes", "[m]\n", ["m", 'a "b"'], 2, '[m]\n"a \\"b\\"" = 2\n'],
  ["escapes a value", "", ["a"], 'x"\\\n\u007f', 'a = "x\\"\\\\\\n\\u007f"\n'],
  ["removes a key", "a = 1\nb = 2 # x\nc = 3\n", ["b"], undefined, "a = 1\nc = 3\n"],
  ["leaves an empty table", "# m\n[m]\na = 1\n", ["m", "a"], undefined, "# m\n[m]\n"],
  ["removes nothing", "# nothing\n", MIRROR, undefined, "# nothing\n"],
  ["changes nothing", COMMENTED, ["ca-file"], "/old.pem", COMMENTED],
  [
    "keeps Windows line ends",
    "a = 1\r\n[t]\r\nx = 1\r\n",
    ["t", "x"],
    2,
    "a = 1\r\n[t]\r\nx = 2\r\n",
  ],
  ["adds with Windows line ends", "a = 1\r\n", ["b"], 2, "a = 1\r\nb = 2\r\n"],
  ["finds a dotted table", "[a.b]\nx = 1\n", ["a", "b", "x"], 2, "[a.b]\nx = 2\n"],
  [
    "is not misled by the same key elsewhere",
    "x = 1\n[t]\nx = 1\n",
    ["t", "x"],
    2,
    "x = 1\n[t]\nx = 2\n",
  ],
  [
    "adds after an array of lines",
    "[t]\na = [\n  1,\n]\n\n[u]\n",
    ["t", "b"],
    2,
    "[t]\na = [\n  1,\n]\nb = 2\n\n[u]\n",
  ],
  [
    "keeps comments, indentation and spaces",
    COMMENTED,
    ["ca-file"],
    "/new.pem",
    COMMENTED.replace("/old.pem", "/new.pem"),
  ],
  [
    "adds beside its like, with the same indentation",
    COMMENTED,
    MIRROR,
    "https://d",
    COMMENTED.replace("# fast\n", '# fast\n  debian = "https://d"\n'),
  ],
];

for (const [what, before, path, value, after] of CASES) {
  Deno.test(`editToml ${what}`, () => equal(editToml(before, path, value), after));
}

/** Files that mean something but are written in ways that a change of one line would break. */
const EXOTIC: readonly (readonly [what: string, text: string])[] = [
  ["an inline table", 'mirror = { debian = "x" }\n'],
  ["an empty inline table", "mirror = {}\n"],
  ["a dotted key", 'mirror.debian = "x"\n'],
  ["a dotted key of the same table", 'mirror.ubuntu = "x"\n'],
  ["a string of several lines", '[mirror]\ndebian = """x\ny"""\n'],
  ["a literal string of several lines", "[mirror]\ndebian = '''x\ny'''\n"],
  ["an array", '[mirror]\ndebian = [\n"x",\n]\n'],
  ["a table inside", "[mirror.debian]\nx = 1\n"],
  ["another type of table", "[[mirror]]\ndebian = 1\n"],
  ["a value where the table should be", 'mirror = "x"\n'],
  ["its header in a string", 'a = """\n[mirror]\n"""\n[mirror]\nx = 1\n'],
  ["mixed line ends", "a = 1\r\nb = 2\n"],
];

for (const [what, text] of EXOTIC) {
  Deno.test(`editToml refuses ${what} rather than break it`, () => {
    parse(text);
    throws(() => editToml(text, MIRROR, "https://new"), {
      code: "failed",
      message: /mirror\.debian/,
    });
  });
}

Deno.test("editToml throws the parser's error for what is no TOML", () => {
  throws(() => editToml("[mirror\n", MIRROR, "x"), { name: "Error" });
});

const PIECES = [
  ...["# comment", "", "  ", "[mirror]", "[other] # x", "[[list]]", "[mirror.sub]", "[a.'b c']"],
  ...["x = 1", "debian = 'https://a' # why", 'debian="b"', "  ubuntu = true", "flag = false"],
  ...[
    "nums = [1, 2]",
    "nums = [",
    "1,",
    "]",
    'text = """',
    '"""',
    "mirror.x = 1",
    "inline = { a = 1 }",
  ],
  ...["when = 1979-05-27T07:32:00Z", "debian = '''", "'''", "ca-file = 'a#b'#c", '"ca-file" = "q"'],
];
const PATHS: readonly (readonly [string, ...string[]])[] = [
  MIRROR,
  ["mirror", "ubuntu"],
  ["ca-file"],
  ["flag"],
  ["a", "b c", "d"],
];
const VALUES = ["https://x.example/a", 'q"\\#[x]=', "", true, 7, undefined];

Deno.test("editToml gives exactly what was asked for or refuses, whatever the file", () => {
  const random = makeRandom(3);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  let edited = 0;
  let parsed = 0;
  for (let run = 0; run < 5_000; run++) {
    const lines = Array.from({ length: Math.floor(random() * 9) }, () => pick(PIECES));
    const text = lines.join("\n") + (random() < 0.8 ? "\n" : "");
    const before = attempt(() => parse(text));
    if (before === undefined) continue;
    parsed++;
    const [path, value] = [pick(PATHS), pick(VALUES)];
    const after = attempt(() => editToml(text, path, value));
    if (after === undefined) continue;
    edited++;
    deepEqual(flat(parse(after)), changed(flat(before), path, value), `${text}\n=>\n${after}`);
    const lost = lines.filter((line) => !after.split("\n").includes(line));
    ok(lost.length <= 1, `lost ${JSON.stringify(lost)} of\n${text}\n=>\n${after}`);
    equal(editToml(after, path, value), after);
    if (value !== undefined && !flat(before).has(path.join("\0"))) {
      const back = editToml(after, path, undefined);
      deepEqual(flat(parse(back)), flat(before));
      ok(lines.every((line) => back.split("\n").includes(line)));
    }
  }
  ok(edited > parsed / 2 && parsed > 500, `${edited} of ${parsed} were edited`);
});

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Every value that is no table, under its path. */
function flat(table: object, above: readonly string[] = []): Map<string, string> {
  return new Map(
    Object.entries(table).flatMap(([key, value]): [string, string][] => {
      const path = [...above, key];
      return typeof value === "object" && value !== null && !Array.isArray(value) &&
          !(value instanceof Date)
        ? [...flat(value, path)]
        : [[path.join("\0"), JSON.stringify(value)]];
    }).sort(),
  );
}

function changed(
  values: Map<string, string>,
  path: readonly string[],
  value: EditableValue | undefined,
): Map<string, string> {
  const all = new Map(values);
  if (value === undefined) all.delete(path.join("\0"));
  else all.set(path.join("\0"), JSON.stringify(value));
  return new Map([...all].sort());
}
