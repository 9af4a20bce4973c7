import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import type { StoreContext } from "./context.ts";

/** Of each bucket so many attempts are looked at, however many there were. */
const sampledAttempts = 300;

export interface StatsRequest {
  since: Date;
  until: Date;
  /** Whole hours: that is how finely deliveries are counted. */
  bucketMs: number;
  /** Left out: all webhooks together. */
  webhookId?: string | undefined;
}

/** Deliveries that ended within a stretch of time, and how long the attempts of it took. */
export interface StatsBucket {
  /** Beginning; the first one may lie before `since`. */
  at: Date;
  delivered: number;
  failed: number;
  /**
   * Quantiles of how long an attempt took, in milliseconds, of up to 300: of one webhook its newest attempts, of all
   * those of the newest deliveries that were made in this time. Null without any.
   */
  attemptMs: { p50: number; p95: number; p99: number; samples: number } | null;
}

/** The part of the store that counts over time. */
export interface StatsStore {
  /** Every bucket from `since` to `until`, the oldest first; costs the same however long the log is. Tests do not count. */
  readStats(request: StatsRequest): Promise<StatsBucket[]>;
}

export function createStats(context: StoreContext): StatsStore {
  return { readStats: (request) => readStats(context, request) };
}

async function readStats(context: StoreContext, request: StatsRequest): Promise<StatsBucket[]> {
  const { bucketMs, until } = request;
  const first = request.since.getTime() - (request.since.getTime() % bucketMs);
  const counts = await countEnded(context, request, first);
  const buckets: StatsBucket[] = [];
  for (let at = first; at < until.getTime(); at += bucketMs) {
    const { delivered = 0, failed = 0 } = counts.get(at) ?? {};
    const attemptMs = quantilesOf(await sampleDurations(context, request, at));
    buckets.push({ at: new Date(at), delivered, failed, attemptMs });
    await nextTurn(); // on SQLite everybody else in this thread waits
  }
  return buckets;
}

interface Ended {
  bucket: number;
  delivered: number;
  failed: number;
}

async function countEnded(
  { db }: StoreContext,
  { webhookId, bucketMs, until }: StatsRequest,
  first: number,
): Promise<Map<number, Ended>> {
  const bucket = sql<number>`hour_at - hour_at % ${sql.lit(bucketMs)}`;
  const rows = await db
    .selectFrom("webhook_hours")
    .select([
      bucket.as("bucket"),
      sql<number>`cast(sum(delivered) as bigint)`.as("delivered"),
      sql<number>`cast(sum(failed) as bigint)`.as("failed"),
    ])
    .where("hour_at", ">=", first)
    .where("hour_at", "<", until.getTime())
    .$if(webhookId !== undefined, (query) => query.where("webhook_id", "=", webhookId ?? ""))
    .groupBy(bucket)
    .execute();
  return new Map(rows.map((row) => [row.bucket, row]));
}

async function sampleDurations(
  { db }: StoreContext,
  { webhookId, bucketMs }: StatsRequest,
  at: number,
): Promise<number[]> {
  const ofOne = db
    .selectFrom("attempts")
    .select("duration_ms")
    .where("webhook_id", "=", webhookId ?? "")
    .where("trigger", "<>", sql.lit("test" as const))
    .where("started_at", ">=", at)
    .where("started_at", "<", at + bucketMs)
    .orderBy("started_at", "desc")
    .limit(sampledAttempts);
  const newest = db
    .selectFrom("deliveries")
    .select("seq")
    .where("created_at", ">=", at)
    .where("created_at", "<", at + bucketMs)
    .orderBy("created_at", "desc")
    .orderBy("seq", "desc")
    .limit(sampledAttempts);
  const ofAll = db
    .selectFrom(newest.as("newest"))
    .innerJoin("attempts", "attempts.delivery_seq", "newest.seq")
    .select("duration_ms")
    .where("trigger", "<>", sql.lit("test" as const))
    .limit(sampledAttempts);
  const rows = await (webhookId === undefined ? ofAll : ofOne).execute();
  return rows.map(({ duration_ms }) => duration_ms).sort((a, b) => a - b);
}

function quantilesOf(durations: readonly number[]): StatsBucket["attemptMs"] {
  if (durations.length === 0) return null;
  const quantile = (share: number) => durations[Math.ceil(durations.length * share) - 1] ?? 0;
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), samples: durations.length };
}
