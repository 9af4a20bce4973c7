export { NewerSchemaError } from "./migrate.ts";
export { backupStore, restoreStore, type BackupOptions } from "./backup.ts";
export { MovedError, openStore, type OpenOptions } from "./open.ts";
export type * from "./replay.ts";
export type { StatsBucket, StatsRequest } from "./stats.ts";
export * from "./store.ts";
export { transferStore, undoTransfer, type Transferred, type TransferOptions } from "./transfer.ts";
