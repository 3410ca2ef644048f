import { equal, match } from "node:assert/strict";
import type { App } from "../app.ts";
import { builtIn } from "../../distros/mod.ts";
import { judgeGuest } from "./guest_clocks.ts";

const APP: Pick<App, "distros"> = { distros: builtIn };
const guest = (image: string): { name: string; image: string } => ({ name: "web", image });

Deno.test("a guest's clock may be off by the seconds that asking takes, and no more", () => {
  equal(judgeGuest(APP, guest("debian:12:amd64"), 10), undefined);
  equal(judgeGuest(APP, guest("debian:12:amd64"), -10.4), undefined);
  match(judgeGuest(APP, guest("debian:12:amd64"), -3600)?.text ?? "", /web is 3600 s behind/);
  match(judgeGuest(APP, guest("debian:12:amd64"), 11)?.text ?? "", /web is 11 s ahead/);
});

Deno.test("the remedy for a guest's clock becomes root as that guest does", () => {
  const remedy = (image: string): string => judgeGuest(APP, guest(image), 60)?.remedy ?? "";
  match(remedy("debian:12:amd64"), /`cubic exec web -- sudo date -s @\$\(date \+%s\)`/);
  match(remedy("alpine:3.22:amd64"), /-- doas date /);
});
