import { describe, expect, onTestFinished, test } from "vitest";
import { finished, startProgram } from "../test/processes.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";
import {
  makeEvent,
  makeRecord,
  makeWebhook,
  openTestStore,
  testBackends,
  type TestDatabase,
} from "./testing.ts";
import { transferStore, undoTransfer, type Transferred } from "./transfer.ts";

const [, postgres] = testBackends;

async function createTarget(): Promise<TestDatabase> {
  if (!postgres) throw new Error("there is no Postgres");
  const target = await postgres.createDatabase();
  onTestFinished(() => target.drop());
  return target;
}

async function openTarget(url: string): Promise<Store> {
  const store = await openStore({ url, now: Date.now });
  onTestFinished(() => store.close());
  return store;
}

function move(from: string, to: string): Promise<Transferred> {
  return transferStore({ from, to, now: Date.now, tell: () => {} });
}

async function ingest(store: Store, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => makeEvent());
  await store.ingestEvents(events, new Date());
  return events.map(({ id }) => id);
}

async function attempt(store: Store, webhookId: string, limit: number): Promise<void> {
  const slots = [{ webhookId, limit }];
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 60_000, slots });
  await store.recordAttempts(
    claimed.map((delivery) => makeRecord(delivery)),
    new Date(),
  );
}

/** Takes events and delivers them until it is told to stop or the database says that it moves. */
function keepBusy(store: Store, webhookId: string): { stop: () => Promise<string[]> } {
  const accepted: string[] = [];
  const stopped = new AbortController();
  const run = (async () => {
    while (!stopped.signal.aborted) {
      try {
        accepted.push(...(await ingest(store, 7)));
        await attempt(store, webhookId, 5);
      } catch (error) {
        if (!String(error).includes("is moving")) throw error;
        return;
      }
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await run;
      return accepted;
    },
  };
}

describe("moving from SQLite to Postgres", () => {
  test("takes everything along while events keep coming in, and nothing is accepted that is not in the new one", async () => {
    await using source = await openTestStore();
    const target = await createTarget();
    const { webhook, secret } = await source.createWebhook(makeWebhook(), new Date());
    const bin = await source.createBin("look", new Date());
    await source.addBinRequest(bin.id, {
      method: "GET",
      path: "",
      headers: {},
      body: "\u0000",
      receivedAt: new Date(),
    });
    const { value } = await source.createToken(
      { name: "ci", scopes: ["admin"], expiresAt: null },
      new Date(),
    );
    await source.setArchive(true);
    const before = await ingest(source, 2_500);
    await attempt(source, webhook.id, 1_000);
    const busy = keepBusy(source, webhook.id);

    const { rows, closedMs } = await move(source.url, target.url);

    const accepted = [...before, ...(await busy.stop())];
    expect(accepted.length).toBeGreaterThan(2_500);
    expect(closedMs).toBeLessThan(20_000);
    await expect(ingest(source, 1)).rejects.toThrow("this database is moving");
    await expect(source.checkWritable()).rejects.toThrow("this database is moving");
    const moved = await openTarget(target.url);
    const stored = (await target.runSql("select id from events order by seq")) as { id: string }[];
    expect(stored.map(({ id }) => id)).toEqual(accepted);
    expect(rows.get("events")).toBe(accepted.length);
    const states = async (database: Pick<TestDatabase, "runSql">) =>
      (
        (await database.runSql("select id, state, attempt_count from deliveries order by seq")) as object[]
      ).map((row) => ({ ...row }));
    expect(await states(target)).toEqual(await states(source));
    expect(await moved.listSecrets(webhook.id, new Date())).toEqual([secret]);
    expect(await moved.findToken(value, new Date())).toMatchObject({ name: "ci" });
    expect(await moved.isArchiveOn()).toBe(true);
    // It goes on there, with row numbers of its own.
    await ingest(moved, 3);
    await attempt(moved, webhook.id, 5_000);
    expect((await moved.getWebhookHealth([webhook.id], new Date())).get(webhook.id)?.pending).toBe(0);
    await expect(openStore({ url: source.url, now: Date.now })).rejects.toThrow("has been moved to Postgres");
    await expect(move(source.url, target.url)).rejects.toThrow("moved already");
  });

  test("goes on where it was killed, and takes over what has changed or gone since", async () => {
    await using source = await openTestStore();
    const target = await createTarget();
    const { webhook } = await source.createWebhook(makeWebhook(), new Date());
    await source.ingestEvents(
      Array.from({ length: 500 }, () => makeEvent()),
      new Date(0),
    );
    await attempt(source, webhook.id, 500);
    await ingest(source, 6_000);
    const child = startProgram("transfer-once.ts", `${source.url} ${target.url}`);
    const ended = finished(child);
    child.stdout?.once("data", () => child.kill("SIGKILL"));
    await ended;
    expect(child.signalCode).toBe("SIGKILL");
    await expect(openStore({ url: target.url, now: Date.now })).rejects.toThrow("being filled");

    await attempt(source, webhook.id, 300);
    const [first] = (await source.listDeliveries({ state: "pending" }, { limit: 1 })).data;
    await source.cancelDelivery(first?.id ?? "", new Date());
    await source.runSql("delete from attempts where delivery_seq < 100");
    await source.runSql("delete from deliveries where seq < 100");
    await source.runSql("delete from events where seq < 100");
    const { rows } = await move(source.url, target.url);
    expect(rows.get("events")).toBe(6_401);
    expect(
      await target.runSql(
        "select state, count(*)::int as count from deliveries group by state order by state",
      ),
    ).toEqual([
      { state: "cancelled", count: 1 },
      { state: "delivered", count: 701 },
      { state: "pending", count: 5_699 },
    ]);
  });

  test("refuses a database that is not empty, or that another one is being moved to", async () => {
    await using source = await openTestStore();
    const target = await createTarget();
    const other = await openTarget(target.url);
    await other.createWebhook(makeWebhook(), new Date());
    await expect(move(source.url, target.url)).rejects.toThrow(
      "must be empty, but there are rows in webhooks",
    );
    await target.runSql("insert into meta (name, value) values ('transfer', 1)");
    await expect(move(source.url, target.url)).rejects.toThrow("being filled from another one");
    await expect(move("sqlite:/nowhere/at/all.db", target.url)).rejects.toThrow("there is no database at");
    await expect(move(target.url, source.url)).rejects.toThrow("from sqlite:… to postgres://…");
    await ingest(source, 1);
  });

  test("opens the old database again when the new one fails, and when it is taken back", async () => {
    await using source = await openTestStore();
    const target = await createTarget();
    await ingest(source, 10);
    await (await openStore({ url: target.url, now: Date.now })).close();
    await target.runSql(
      "create function fail() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$",
    );
    await target.runSql("create trigger fail before update on meta for each row execute function fail()");
    await expect(move(source.url, target.url)).rejects.toThrow("the disk is full");
    await ingest(source, 1);
    await target.runSql("drop trigger fail on meta");
    await move(source.url, target.url);
    await expect(ingest(source, 1)).rejects.toThrow("is moving");
    undoTransfer(source.url);
    await ingest(source, 1);
    await source.checkWritable();
    await using again = await source.openAnother();
    await ingest(again, 1);
  });
});
