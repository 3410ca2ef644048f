import { equal, match } from "node:assert/strict";
import * as kit from "./kit.ts";
import { editorTypes } from "./scaffold.ts";

Deno.test("the types for editors name everything of the kit, and nothing else", () => {
  const [, declared = ""] = editorTypes().split('declare module "cubic:kit"');
  const names = [...declared.matchAll(/export function (\w+)/g)].map(([, name]) => name);
  equal([...new Set(names)].sort().join(), Object.keys(kit).sort().join());
});

Deno.test("the types for editors are those of the contract", () => {
  match(editorTypes(), /declare module "cubic:contract" \{\n(.|\n)*export interface Distro \{/);
});
