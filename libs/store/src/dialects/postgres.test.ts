import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { startPostgres, type PostgresServer } from "../../../../tools/postgres.ts";
import { openStore } from "../open.ts";
import type { Store } from "../store.ts";
import { makeEvent, makeRecord, makeWebhook } from "../testing.ts";

/** A server of this test's own, because it is going to be restarted. */
async function startOwn(): Promise<PostgresServer> {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  return server;
}

async function open(server: PostgresServer): Promise<Store> {
  const store = await openStore({ url: server.url, now: Date.now });
  onTestFinished(() => store.close());
  return store;
}

test("an attempt is recorded, once, although the server goes away and comes back meanwhile", async () => {
  const server = await startOwn();
  const store = await open(server);
  const { webhook } = await store.createWebhook(makeWebhook(), new Date());
  const events = Array.from({ length: 50 }, () => makeEvent());
  await store.ingestEvents(events, new Date());
  const slots = [{ webhookId: webhook.id, limit: 50 }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });

  const restarting = server.restart();
  for (const delivery of claimed) await store.recordAttempts([makeRecord(delivery)], new Date());
  await restarting;

  for (const { id } of claimed) {
    const { state, attempts } = await store.getDelivery(id);
    expect([state, attempts.length]).toEqual(["delivered", 1]);
  }
});

test("a store opens as soon as the server is there, and listens again after it was away", async () => {
  const server = await startOwn();
  const [store] = await Promise.all([open(server), server.restart()]);
  store.onDeliveriesDue(() => {});
  await server.restart();
  await expect.poll(() => isListening(server.url)).toBe(true);
  await store.checkWritable();
});

test("claiming and recording never read a whole table, however new it is", async () => {
  const server = await startOwn();
  const store = await openStore({ url: server.url, now: Date.now });
  const { webhook } = await store.createWebhook(makeWebhook(), new Date());
  const slots = [{ webhookId: webhook.id, limit: 5 }];
  for (let round = 0; round < 10; round++) {
    await store.ingestEvents(
      Array.from({ length: 50 }, () => makeEvent()),
      new Date(),
    );
    await store.listDueWebhooks();
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    const records = claimed.map((delivery) => makeRecord(delivery));
    await store.recordAttempts(records, new Date(), { now: new Date(), leaseMs: 60_000, slots });
  }
  await store.close(); // connections tell what they have done when they end
  const connected = "select 1 from pg_stat_activity where application_name = 'sidehook'";
  await expect.poll(() => query(server.url, connected)).toEqual([]);

  const readWhole = await query(
    server.url,
    "select relname from pg_stat_user_tables where relname in ('deliveries', 'events', 'attempts') and seq_tup_read > 0",
  );
  expect(readWhole).toEqual([]);
});

test("listing who waits takes one step for each, also when the server would rather sort all of them", async () => {
  const server = await startOwn();
  // As it would by itself if it counted what waits at a moment when little did.
  await query(server.url, "alter database postgres set enable_indexscan = off");
  const store = await openStore({ url: server.url, now: Date.now });
  const waiting = 200;
  for (let at = 0; at < waiting; at++) await store.createWebhook(makeWebhook(), new Date());
  await store.ingestEvents([makeEvent()], new Date());
  expect(await store.listDueWebhooks()).toHaveLength(waiting);
  await store.close();

  const reads =
    "select idx_tup_read::int as count from pg_stat_user_indexes where indexrelname = 'deliveries_waiting'";
  const countReads = async () => (await query(server.url, reads))[0]?.["count"];
  await expect.poll(countReads).toBeGreaterThanOrEqual(waiting);
  expect(await countReads()).toBeLessThan(3 * waiting);
});

test("a claim touches no index of the deliveries", async () => {
  const server = await startOwn();
  const store = await openStore({ url: server.url, now: Date.now });
  const { webhook } = await store.createWebhook(makeWebhook(), new Date());
  await store.ingestEvents(
    Array.from({ length: 60 }, () => makeEvent()),
    new Date(),
  );
  const slots = [{ webhookId: webhook.id, limit: 100 }];
  expect(await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots })).toHaveLength(60);
  await store.close();

  const updates =
    "select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'deliveries'";
  await expect.poll(() => query(server.url, updates)).toEqual([{ all: 60, hot: 60 }]);
});

test("what an earlier version was sending is recorded or rescued after the tables have changed", async () => {
  const server = await startOwn();
  const before = await openStore({ url: server.url, now: Date.now });
  const { webhook } = await before.createWebhook(makeWebhook(), new Date());
  await before.ingestEvents([makeEvent(), makeEvent(), makeEvent()], new Date());
  const slots = [{ webhookId: webhook.id, limit: 1 }];
  const claim = (leaseMs: number) => before.claimDeliveries({ now: new Date(), leaseMs, slots });
  const claimed = [...(await claim(60_000)), ...(await claim(-1))];
  await before.close();
  for (const statement of toVersion7) await query(server.url, statement);

  const store = await open(server);
  const stateOf = async (at: number) => (await store.getDelivery(claimed[at]?.id ?? "")).state;
  expect([await stateOf(0), await stateOf(1)]).toEqual(["sending", "sending"]);
  expect((await store.listDeliveries({ state: "sending" }, { limit: 9 })).data).toHaveLength(2);
  expect(await store.rescueDeliveries(new Date())).toBe(1);
  await store.recordAttempts(
    claimed.slice(0, 1).map((each) => makeRecord(each)),
    new Date(),
  );
  expect([await stateOf(0), await stateOf(1)]).toEqual(["delivered", "pending"]);
  await store.rescueDeliveries(new Date());
  expect(await query(server.url, "select id from claims")).toEqual([]);
});

/** As the tables were before claims were kept apart from the deliveries. */
const toVersion7 = [
  "drop view sending",
  "drop table claims",
  `create index deliveries_sending on deliveries (state, webhook_id, lease_until) where state = 'sending'`,
  "update deliveries set state = 'sending' where lease_until is not null",
  "delete from kysely_migration where name >= '0008'",
];

test("a claim of a limited webhook is on the disk when it is answered", async () => {
  const server = await startOwn();
  const store = await open(server);
  const claim = async (rateLimit: { limit: number; per: "hour" } | null) => {
    const { webhook } = await store.createWebhook(makeWebhook({ rateLimit }), new Date());
    await store.ingestEvents([makeEvent()], new Date());
    const slots = [{ webhookId: webhook.id, limit: 1 }];
    const [before] = await query(server.url, flushed);
    const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
    const [after] = await query(server.url, flushed);
    expect(claimed).toHaveLength(1);
    return (after?.["at"] ?? 0) > (before?.["at"] ?? 0);
  };
  expect(await claim({ limit: 5, per: "hour" })).toBe(true);
});

const flushed = "select (pg_current_wal_flush_lsn() - '0/0')::float8 as at";

async function query(url: string, text: string): Promise<Record<string, number>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, number>>(text);
  await client.end();
  return rows;
}

async function isListening(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select 1 from pg_stat_activity where query = 'listen sidehook_due'");
  await client.end();
  return rows.length > 0;
}
