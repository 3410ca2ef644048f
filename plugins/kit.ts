/**
 * The kit for authors of distros: reading what vendors publish. Pure functions; in a plugin it is imported as
 * "cubic:kit".
 */
export * from "./kit/checksums.ts";
