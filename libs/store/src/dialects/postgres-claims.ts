import { sql, type Kysely, type QueryExecutorProvider, type Transaction } from "kysely";
import type { Schema } from "../schema.ts";
import type { ClaimEnd } from "./dialect.ts";

/*
 * What is being sent is found by what was claimed together: a row for each webhook of a claim. It may name deliveries that
 * have been recorded since, so that most of an attempt's recording need not touch it; what counts is the token that the
 * delivery itself bears. Rows go when nothing of theirs is being sent, soon after, all at once.
 */

/** The table of claims and the view of what is being sent, also by a version before this one. */
export async function createSending(db: Kysely<unknown>): Promise<void> {
  await sql`create table claims (
    id text not null, webhook_id text not null, seqs bigint[] not null, primary key (id, webhook_id))`.execute(
    db,
  );
  await sql`create index claims_of_webhook on claims (webhook_id)`.execute(db);
  await sql`create view sending as
    select deliveries.seq, deliveries.webhook_id, is_test, lease_until, created_at
    from claims cross join lateral unnest(seqs) as claimed (seq)
    join deliveries on deliveries.seq = claimed.seq and deliveries.webhook_id = claims.webhook_id
    where lease_until is not null and claim_token = claims.id || '.' || cast(claimed.seq as text)`.execute(
    db,
  );
  await adoptClaims(db);
  await sql`drop index deliveries_sending`.execute(db);
  // A claim writes a row again, and touches no index if there is room for it on the same page.
  await sql`alter table deliveries set (fillfactor = 45)`.execute(db);
}

/** Deliveries that somebody is sending who says so in their state. */
export async function adoptClaims(db: QueryExecutorProvider): Promise<void> {
  await sql`
    with adopted as (
      update deliveries set state = 'pending' where state = 'sending' and finished_at is null
      returning seq, webhook_id, split_part(claim_token, '.', 1) as claim_id)
    insert into claims (id, webhook_id, seqs)
    select claim_id, webhook_id, array_agg(seq) from adopted group by claim_id, webhook_id
    on conflict (id, webhook_id) do update set seqs = excluded.seqs`.execute(db);
}

/** A claim that is over never begins again. */
export async function forgetClaims(trx: Transaction<Schema>): Promise<void> {
  await sql`
    delete from claims where not exists (
      select 1 from unnest(seqs) as claimed (seq) join deliveries on deliveries.seq = claimed.seq
      where lease_until is not null and claim_token = claims.id || '.' || cast(claimed.seq as text))`.execute(
    trx,
  );
}

/** Claims of one delivery at once: those of webhooks that send one at a time are looked for in each pass. */
export async function forgetSingle(trx: Transaction<Schema>, ends: readonly ClaimEnd[]): Promise<void> {
  const tokens = ends.map(({ token }) => token);
  const ids = [...new Set(tokens.map((token) => token.split(".", 1)[0]))];
  await sql`
    delete from claims where id = any(${ids}) and cardinality(seqs) = 1
    and id || '.' || cast(seqs[1] as text) = any(${tokens})`.execute(trx);
}
