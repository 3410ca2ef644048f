/** The topics of `cubic help`: their names, what they are about, and where their texts are. */

/** A topic. */
interface Topic {
  /** For the list of topics. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly text: () => string | Promise<string> }>;
}

/** No topic has the name of a command: `cubic help` takes both. */
const TOPICS: Readonly<Record<string, Topic>> = {
  "names": { summary: "names of instances", load: () => import("./topics/names.ts") },
  "image-names": { summary: "how to name an image", load: () => import("./topics/image_names.ts") },
  "port-rules": { summary: "forwarding ports", load: () => import("./topics/port_rules.ts") },
  "transfer": { summary: "copying files", load: () => import("./topics/transfer.ts") },
  "values": { summary: "sizes and durations", load: () => import("./topics/values.ts") },
  "settings": { summary: "config.toml", load: () => import("./topics/settings.ts") },
  "environment": {
    summary: "environment variables",
    load: () => import("./topics/environment.ts"),
  },
  "json": { summary: "output for programs", load: () => import("./topics/json.ts") },
  "exit-status": {
    summary: "what exit statuses mean",
    load: () => import("./topics/exit_status.ts"),
  },
};

/** The names of all topics, in the order in which they are listed. */
export function topicNames(): string[] {
  return Object.keys(TOPICS);
}

/** What a topic is about, in a few words; empty when there is no such topic. */
export function topicSummary(name: string): string {
  return TOPICS[name]?.summary ?? "";
}

/** The text about a topic; undefined when there is no such topic. */
export async function topicText(name: string): Promise<string | undefined> {
  if (!Object.hasOwn(TOPICS, name)) return undefined;
  const found = await TOPICS[name]?.load();
  return (await found?.text())?.trim();
}

/** The topics as a part of the program's help. */
export function listTopics(): string {
  const width = Math.max(...topicNames().map((name) => name.length));
  const lines = topicNames().map((name) => `  ${name.padEnd(width)}  ${topicSummary(name)}`);
  return ["", "Topics, for `cubic help TOPIC`:", ...lines].join("\n");
}
