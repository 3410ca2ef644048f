/** The distributions that come with cubic. */
import type { Distro } from "../plugins/contract.ts";
import { debian } from "./debian.ts";
import { ubuntu } from "./ubuntu.ts";

/** Every built-in distribution, in the order people see them. */
export const builtIn: readonly Distro[] = [debian, ubuntu];
