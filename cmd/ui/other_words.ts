/** What other tools for machines and containers call our commands. */

/** By that word, what to type here. */
const HERE: Readonly<Record<string, string>> = {
  version: "cubic --version",
  launch: "cubic run",
  up: "cubic run",
  halt: "cubic stop",
  down: "cubic stop",
  shutdown: "cubic stop",
  kill: "cubic stop --kill",
  destroy: "cubic delete",
  purge: "cubic prune",
  inspect: "cubic show",
  status: "cubic show",
  connect: "cubic ssh",
  copy: "cubic scp",
  transfer: "cubic scp",
  find: "cubic images",
  search: "cubic images",
  pull: "cubic image pull",
  rmi: "cubic image remove",
  build: "cubic image build",
  set: "cubic config set",
  get: "cubic config get",
};

/** The command line for a word of another tool; undefined when we know none. */
export function commandHere(word: string): string | undefined {
  return Object.hasOwn(HERE, word) ? HERE[word] : undefined;
}
