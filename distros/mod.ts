/** The distributions that come with cubic. */
import type { Distro } from "../plugins/contract.ts";
import { almalinux } from "./almalinux.ts";
import { alpine } from "./alpine.ts";
import { amazonlinux } from "./amazonlinux.ts";
import { archlinux } from "./archlinux.ts";
import { centos } from "./centos.ts";
import { debian } from "./debian.ts";
import { fedora } from "./fedora.ts";
import { gentoo } from "./gentoo.ts";
import { opensuse } from "./opensuse.ts";
import { oraclelinux } from "./oraclelinux.ts";
import { rockylinux } from "./rockylinux.ts";
import { ubuntu, ubuntuMinimal } from "./ubuntu.ts";

/** Every built-in distribution, in the order people see them. */
export const builtIn: readonly Distro[] = [
  almalinux,
  alpine,
  amazonlinux,
  archlinux,
  centos,
  debian,
  fedora,
  gentoo,
  opensuse,
  oraclelinux,
  rockylinux,
  ubuntu,
  ubuntuMinimal,
];
