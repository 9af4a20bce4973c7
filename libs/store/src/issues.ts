import { setImmediate as nextTurn } from "node:timers/promises";
import type { FailureClass } from "@sidehook/delivery";
import { sql, type Kysely } from "kysely";
import type { StoreContext } from "./context.ts";
import { isFailing } from "./delivery-list.ts";
import type { Schema } from "./schema.ts";
import { countLimit } from "./store.ts";
import { inTransaction } from "./transaction.ts";

/** More than anybody reads; each is counted. */
const maxIssues = 100;

export interface IssueKey {
  webhookId: string;
  failureClass: FailureClass;
}

/** The deliveries of one webhook that have failed for one cause, or wait for a retry because of it. */
export interface Issue extends IssueKey {
  webhookName: string;
  /** Counted up to `countLimit` together. */
  failed: number;
  waiting: number;
  /** When the oldest and the newest of these deliveries were made. */
  firstAt: Date;
  lastAt: Date;
  /** The newest of them. */
  deliveryId: string;
  /** Until all that had failed when it was muted has been delivered, or is gone. */
  isMuted: boolean;
}

/** The part of the store that groups failures. */
export interface IssueStore {
  /** Every issue of the webhooks there are, the newest first, those that are muted last; at most 100. */
  listIssues(): Promise<Issue[]>;
  muteIssue(key: IssueKey, now: Date): Promise<void>;
  unmuteIssue(key: IssueKey): Promise<void>;
}

export function createIssues(context: StoreContext): IssueStore {
  return {
    listIssues: () => listIssues(context.db),
    muteIssue: (key, now) => muteIssue(context, key, now),
    unmuteIssue: (key) => unmuteIssue(context, key),
  };
}

async function listIssues(db: Kysely<Schema>): Promise<Issue[]> {
  const groups = await listGroups(db);
  const shown = groups
    .toSorted((a, b) => Number(isMuted(a)) - Number(isMuted(b)) || b.last_at - a.last_at)
    .slice(0, maxIssues);
  const issues: Issue[] = [];
  for (const group of shown) {
    const { webhook_id: webhookId, failure_class: failureClass } = group;
    issues.push({
      webhookId,
      failureClass,
      webhookName: group.name,
      ...(await countOf(db, { webhookId, failureClass })),
      firstAt: new Date(group.first_at),
      lastAt: new Date(group.last_at),
      deliveryId: group.delivery_id,
      isMuted: isMuted(group),
    });
    await nextTurn(); // on SQLite everybody else in this thread waits
  }
  return issues;
}

interface Group {
  webhook_id: string;
  failure_class: FailureClass;
  name: string;
  first_at: number;
  last_at: number;
  delivery_id: string;
  muted_at: number | null;
}

/** The mute ends by itself: whatever fails after all that had failed then is gone is something new. */
function isMuted(group: Group): boolean {
  return group.muted_at !== null && group.first_at <= group.muted_at;
}

/** Jumps from one cause of a webhook to the next, so that the number of failures does not matter. */
async function listGroups(db: Kysely<Schema>): Promise<Group[]> {
  const ofGroup = sql`deliveries.webhook_id = issue.webhook_id and deliveries.failure_class = issue.failure_class and ${isFailing}`;
  const { rows } = await sql<Group>`
    with recursive issue (webhook_id, failure_class) as (
      select * from (
        select webhook_id, failure_class from deliveries where ${isFailing}
        order by webhook_id, failure_class limit 1) as first
      union all
      select following.webhook_id, following.failure_class
      from issue join deliveries as following on following.seq = coalesce((
        select seq from deliveries
        where webhook_id = issue.webhook_id and failure_class > issue.failure_class and ${isFailing}
        order by failure_class, created_at, seq limit 1), (
        select seq from deliveries
        where webhook_id > issue.webhook_id and ${isFailing}
        order by webhook_id, failure_class, created_at, seq limit 1)))
    select issue.webhook_id, issue.failure_class, webhooks.name, muted_issues.muted_at,
      (select created_at from deliveries where ${ofGroup} order by created_at, seq limit 1) as first_at,
      last.created_at as last_at, last.id as delivery_id
    from issue
      join webhooks on webhooks.id = issue.webhook_id and webhooks.deleted_at is null
      join deliveries as last on last.seq = (
        select seq from deliveries where ${ofGroup} order by created_at desc, seq desc limit 1)
      left join muted_issues on muted_issues.webhook_id = issue.webhook_id
        and muted_issues.failure_class = issue.failure_class`.execute(db);
  return rows;
}

/** From the index alone: one that has ended and still has a cause has failed. */
async function countOf(
  db: Kysely<Schema>,
  { webhookId, failureClass }: IssueKey,
): Promise<Pick<Issue, "failed" | "waiting">> {
  const { rows } = await sql<{ failed: number; count: number }>`
    select count(finished_at) as failed, count(*) as count from (
      select finished_at from deliveries
      where webhook_id = ${webhookId} and failure_class = ${failureClass} and ${isFailing}
      order by created_at desc, seq desc limit ${sql.lit(countLimit)}) as counted`.execute(db);
  const { failed = 0, count = 0 } = rows[0] ?? {};
  return { failed, waiting: count - failed };
}

async function muteIssue(context: StoreContext, key: IssueKey, now: Date): Promise<void> {
  const row = { webhook_id: key.webhookId, failure_class: key.failureClass, muted_at: now.getTime() };
  await inTransaction(context, (trx) =>
    trx
      .insertInto("muted_issues")
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(["webhook_id", "failure_class"]).doUpdateSet({ muted_at: row.muted_at }),
      )
      .execute(),
  );
}

async function unmuteIssue(context: StoreContext, { webhookId, failureClass }: IssueKey): Promise<void> {
  await inTransaction(context, (trx) =>
    trx
      .deleteFrom("muted_issues")
      .where("webhook_id", "=", webhookId)
      .where("failure_class", "=", failureClass)
      .execute(),
  );
}
