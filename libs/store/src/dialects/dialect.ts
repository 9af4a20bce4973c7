import type { DeliveryState } from "@sidehook/delivery";
import type {
  ColumnDefinitionBuilder,
  Insertable,
  Kysely,
  QueryExecutorProvider,
  RawBuilder,
  Selectable,
  Transaction,
} from "kysely";
import type { LanePosition } from "../claims.ts";
import type { DeliveryRow, EventRow, Schema } from "../schema.ts";

/** Types of the columns of `tableOf`. */
export type ColumnType = "text" | "bigint" | "double precision";

/** Everything in which the databases differ. Other files ask for what they need here and never for a name. */
export interface Dialect {
  /** Column of a table's own row number, which grows with each insert. */
  rowNumber: {
    type: "integer" | "bigint";
    build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  };
  /** True for an error after which nothing of the transaction stands and a second try may succeed. */
  isConflict(error: unknown): boolean;
  /** True while the database cannot be reached or written; what was under way may stand or not. */
  isUnavailable(error: unknown): boolean;
  /** `column in (values)` with one parameter, so that the statement's text does not depend on their number. */
  isOneOf(column: RawBuilder<unknown>, values: readonly (number | string)[]): RawBuilder<boolean>;
  /** `column` matches a pattern with `%`, `_` and `\`; the case of ASCII letters does not matter. */
  isLike(column: RawBuilder<unknown>, pattern: string): RawBuilder<boolean>;
  /** A table of one parameter for `from`; each column is named with its SQL type. */
  tableOf(columns: Readonly<Record<string, ColumnType>>, rows: readonly object[]): RawBuilder<unknown>;
  /** Inserts rows that have these columns and no other. */
  insertRows(executor: QueryExecutorProvider, insertion: Insertion): Promise<void>;
  /** Inserts the events whose id is not there yet; answers the row numbers of those. */
  insertEvents(
    trx: Transaction<Schema>,
    rows: readonly Insertable<EventRow>[],
  ): Promise<{ id: string; seq: number }[]>;
  /** The present time by which leases are measured, in unix milliseconds. */
  leaseClock(now: Date): RawBuilder<number>;
  /** Keeps the list of webhooks as it is, or everybody else from reading it, until the transaction ends. */
  lockWebhooks(trx: Transaction<Schema>, mode: "shared" | "exclusive"): Promise<void>;
  /** True if no other transaction works on this webhook's turn; then none does until this one ends. */
  tryLockWebhook(trx: Transaction<Schema>, webhookId: string): Promise<boolean>;
  /** The end of a `select` whose rows nobody else may take, passing over those that somebody has. */
  skipLocked: RawBuilder<unknown>;
  /** The same, but waiting for them. */
  lockRows: RawBuilder<unknown>;
  /**
   * The earliest delivery of each of these lanes of each webhook that has one. Jumps from one to the next, so that
   * neither a backlog nor webhooks with nothing to do cost anything.
   */
  listWaiting(db: Kysely<Schema>, lanes: LaneRange): Promise<Waiting[]>;
  /** The deliveries of one lane that are due, the earliest first, for each slot at most its limit; nobody else gets them. */
  selectDue(trx: Transaction<Schema>, request: DueRequest): Promise<DueRow[]>;
  /** Claims deliveries that the caller has for itself; answers them in any order. */
  claim(executor: QueryExecutorProvider, claim: Claim): Promise<ClaimedRow[]>;
  /**
   * What follows an attempt, for each delivery that is still claimed with this token; answers the tokens of those. What
   * was rescued, cancelled or deleted meanwhile stays as it is.
   */
  endClaims(trx: Transaction<Schema>, ends: readonly ClaimEnd[]): Promise<string[]>;
  /** Clears what is kept of claims that hold no delivery any more. */
  forgetClaims(trx: Transaction<Schema>): Promise<void>;
  /** At the beginning of a transaction that few rows are touched by: its commit need not be durable when it is answered. */
  makeQuick(trx: Transaction<Schema>): Promise<void>;
  /** Takes that back for a commit that must be. */
  makeDurable(trx: Transaction<Schema>): Promise<void>;
  /** Resolves when what this connection has committed survives a power failure; the end of the process it always does. */
  untilDurable(): Promise<void>;
  /**
   * After something was erased: leaves none of it, and nothing with one of these texts, in what the database keeps
   * besides its rows. One call does a part; `from` is 0 and then what the call before has answered.
   */
  scrub(db: Kysely<Schema>, request: { texts: readonly string[]; from: number }): Promise<Scrubbed>;
  /** Where each check of a reference costs as much as the row that refers: gives up those of the busiest tables. */
  dropReferences(db: Kysely<unknown>): Promise<void>;
  /** Makes the view of what is being sent, and what it needs. */
  createSending(db: Kysely<unknown>): Promise<void>;
  /** Runs the migrations while no other process does. */
  migrateAlone<T>(migrate: () => Promise<T>): Promise<T>;
}

export interface Insertion {
  table: keyof Schema;
  columns: Readonly<Record<string, ColumnType>>;
  rows: readonly object[];
}

export interface Scrubbed {
  /** Null when all is done. */
  next: number | null;
  /** The operator has to do the rest. */
  needsVacuum: boolean;
}

/** Lanes by their numbers, both ends among them. */
export interface LaneRange {
  from: number;
  to: number;
}

/** The earliest delivery of a lane of a webhook. */
export interface Waiting {
  webhook_id: string;
  lane: number;
  due_at: number;
}

export interface ClaimEnd {
  seq: number;
  token: string;
  state: DeliveryState;
  /** Unix milliseconds, as all times here. */
  due_at: number | null;
  failure_class: string | null;
  finished_at: number | null;
  /** Not of tests, which stay in theirs. */
  lane: number;
}

export interface DueRequest {
  lane: number;
  /** Unix milliseconds. */
  dueBefore: number;
  slots: readonly DueSlot[];
}

export interface DueSlot {
  webhookId: string;
  limit: number;
  /** Nothing before it is looked for; only where walking over what is claimed already costs anything. */
  after?: LanePosition | undefined;
}

export interface DueRow {
  seq: number;
  event_seq: number;
  webhook_id: string;
  due_at: number;
}

export interface Claim {
  claimId: string;
  due: readonly DueRow[];
  now: Date;
  leaseMs: number;
}

/** A claimed delivery. Its token is the claim's id, a point and its row number. */
export type ClaimedRow = Pick<
  Selectable<DeliveryRow>,
  | "seq"
  | "id"
  | "event_seq"
  | "webhook_id"
  | "attempt_count"
  | "attempts_before"
  | "claim_token"
  | "next_trigger"
>;

/** Tells other connections, threads and processes that something may have become due. */
export interface DueSignal {
  send(): void;
  /** Calls back on every signal of any connection, and at times without one. */
  listen(listener: () => void): () => void;
  close(): Promise<void>;
}

/** A database that has been opened, but not yet migrated. */
export interface OpenDatabase {
  db: Kysely<Schema>;
  dialect: Dialect;
  signal: DueSignal;
  close(): Promise<void>;
}

/** What keeps the log of a database short, beside those who write to it. */
export interface Checkpoints {
  stop(): Promise<void>;
}

/** A kind of database that the store can run on. */
export interface Backend {
  /** How its URLs begin. */
  schemes: readonly string[];
  /** Opens without waiting. */
  open(url: string): OpenDatabase;
  /** True for an error at opening after which it is worth waiting. */
  isNotReady(error: unknown): boolean;
  /** For a database that has no process of its own for it. */
  startCheckpoints?(url: string, onFault: (error: unknown) => void): Checkpoints;
}
