/**
 * The kit for authors of distros: reading what vendors publish. Pure functions; in a plugin it is imported as
 * "cubic:kit".
 */
export * from "./kit/checksums.ts";
export * from "./kit/json.ts";
export * from "./kit/listing.ts";
export * from "./kit/releases.ts";
export * from "./kit/simplestreams.ts";
export * from "./kit/versions.ts";
