export { NewerSchemaError } from "./migrate.ts";
export { openStore, type OpenOptions } from "./open.ts";
export type * from "./replay.ts";
export * from "./store.ts";
