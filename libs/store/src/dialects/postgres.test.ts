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

async function isListening(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query("select 1 from pg_stat_activity where query = 'listen sidehook_due'");
  await client.end();
  return rows.length > 0;
}
