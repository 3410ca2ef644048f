/** What is typed in docs/demo.cast. */

/** A line, and the end of the screen that shows that it was answered. */
export interface DemoLine {
  readonly typed: string;
  readonly answered: RegExp;
}

/** Our prompt. */
export const HOST_PROMPT = /(^|\n)\$ $/;
const GUEST_PROMPT = /:~\$ $/;
const QUESTION = /\[y\/N\] $/;

/** The image that is used. */
export const IMAGE = "debian:12";

/** Files that are there before: their sizes. */
export const FILES: Readonly<Record<string, number>> = {
  "site/index.html": 4_000,
  "site/style.css": 9_000,
  "site/images/logo.png": 14_000,
};

/** The session. */
export const LINES: readonly DemoLine[] = [
  { typed: `cubic create web --image ${IMAGE} -m 1G -p 8080:80`, answered: HOST_PROMPT },
  { typed: "cubic exec web -- uname -sr", answered: HOST_PROMPT },
  { typed: "cubic scp -r site web:", answered: HOST_PROMPT },
  { typed: "cubic ssh web", answered: GUEST_PROMPT },
  { typed: "ls site", answered: GUEST_PROMPT },
  { typed: "exit", answered: HOST_PROMPT },
  { typed: "cubic scp web:/etc/os-release .", answered: HOST_PROMPT },
  { typed: "cubic instances", answered: HOST_PROMPT },
  { typed: "cubic stop web", answered: HOST_PROMPT },
  { typed: "cubic delete web", answered: QUESTION },
  { typed: "y", answered: HOST_PROMPT },
];
