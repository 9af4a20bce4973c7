export { NewerSchemaError } from "./migrate.ts";
export { openStore, type OpenOptions } from "./open.ts";
export type * from "./replay.ts";
export type { StatsBucket, StatsRequest } from "./stats.ts";
export * from "./store.ts";
