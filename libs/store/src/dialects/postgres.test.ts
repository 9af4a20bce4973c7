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
  await expect.poll(() => isListening(server.url), { timeout: 10_000 }).toBe(true);
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
