/** Reading the examples that stand in help texts, as a shell would. */

/** The lines under "Examples:". */
export function examplesIn(help: string): string[] {
  const [, after = ""] = help.split(/^Examples:$/m);
  const [block = ""] = after.trimStart().split(/\n\s*\n/);
  return after.trim() === "" ? [] : block.split("\n").map((line) => line.trim());
}

/** The arguments of each cubic in a line; what explains it stands behind two blanks or more, or after a #. */
export function invocations(line: string): string[][] {
  const found: string[][] = [];
  let words: string[] = [];
  for (const token of tokens(line)) {
    if (token.kind === "word") words.push(token.text);
    else {
      found.push(words);
      words = [];
      if (token.kind === "end") break;
    }
  }
  return [...found, words].filter(([program]) => program === "cubic").map((all) => all.slice(1));
}

interface Token {
  readonly kind: "word" | "next" | "end";
  readonly text: string;
}

const PATTERN =
  /( {2,}|\s+#)|(\s)|(&&|\|\||\||;|\$\(|<\(|\)|[<>]+\s*\S+)|'([^']*)'|"([^"]*)"|\\(.)|(.)/gsy;

function* tokens(line: string): Generator<Token> {
  let word: string | undefined;
  for (const [, end, blank, operator, single, double, escaped, plain] of line.matchAll(PATTERN)) {
    const text = single ?? double ?? escaped ?? plain;
    if (text !== undefined) word = (word ?? "") + text;
    else {
      if (word !== undefined) yield { kind: "word", text: word };
      word = undefined;
      if (end !== undefined) return yield { kind: "end", text: end };
      if (operator !== undefined && !/^[<>][^(]/.test(operator)) {
        yield { kind: "next", text: operator };
      }
      if (blank !== undefined) continue;
    }
  }
  if (word !== undefined) yield { kind: "word", text: word };
}
