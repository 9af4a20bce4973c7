import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { webhookDefaults } from "@sidehook/delivery";
import { createIdSource, eventTypes } from "@sidehook/events";
import { openStore, type Store } from "@sidehook/store";
import Sqlite from "better-sqlite3";

/** So many events are made by the store itself; all others are copies of them. */
const baseEvents = 1_000;
const customers = 300;
const attemptsPerDelivery = 10;
const copiesPerTurn = 20;
const minuteMs = 60_000;
/** Long commands are a burden to others on the same machine. */
const patienceMs = 240_000;

/**
 * Makes a SQLite file with a long log, ten attempts for each delivery. It ends after some minutes, with what is still
 * to do told, and goes on when it is called again.
 */
export async function fillLog(folder: string, thousands: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "sidehook.db");
  const isNew = !existsSync(file);
  const store = await openStore({ url: `sqlite:${file}`, now: Date.now });
  if (isNew) await makeBase(store, new Date(Date.now() - thousands * minuteMs - 3_600_000));
  await store.close();
  const db = new Sqlite(file);
  for (const pragma of ["synchronous = OFF", "cache_size = -400000", "foreign_keys = OFF"]) db.pragma(pragma);
  // What the service tells about its own failures is no part of the base.
  if (isNew) db.exec(`delete from events where seq > ${baseEvents}`);
  const isFull = copyRows(db, thousands);
  if (isFull) db.exec("analyze");
  db.close();
  if (!isFull) return;
  const again = await openStore({ url: `sqlite:${file}`, now: Date.now });
  while (performance.now() < patienceMs && (await again.indexSubjects(new Date(Date.now() + minuteMs))));
  await again.close();
}

/** Forty webhooks want one or two event types each, so that an event has one delivery on average. */
async function makeBase(store: Store, at: Date): Promise<void> {
  const types = eventTypes.slice(0, 40);
  for (const { type } of types) {
    const input = { name: `Receiver of ${type}`, url: "https://receiver.example/in", events: [type] };
    await store.createWebhook({ ...webhookDefaults, source: "manual", externalId: null, ...input }, at);
  }
  const newId = createIdSource(Date.now);
  const events = Array.from({ length: baseEvents }, (_, n) => {
    const { type, sample } = types[n % types.length] ?? { type: "payment_received", sample: {} };
    const customer = n % customers;
    const payload = {
      ...sample,
      customer_id: customer + 1,
      customer_user_email: `person${customer}@example.com`,
    };
    return {
      id: newId("evt"),
      type,
      occurredAt: new Date(at.getTime() + n * 60).toISOString(),
      payload: JSON.stringify(payload),
      context: { siteId: 1 + (n % 50), source: "web" },
    };
  });
  for (const [n, event] of events.entries())
    await store.ingestEvents([event], new Date(at.getTime() + n * 60));
  await attemptAll(store, at);
}

/** Of a hundred deliveries ninety arrive, six fail, four wait for a retry. */
async function attemptAll(store: Store, at: Date): Promise<void> {
  const { data } = await store.listWebhooks({ limit: 100 });
  const slots = data.map(({ id }) => ({ webhookId: id, limit: 100 }));
  const claimed = await store.claimDeliveries({ now: new Date(), leaseMs: 600_000, slots });
  const records = claimed.map((delivery, n) => {
    const decision = decisionOf(n % 100);
    const isDelivered = decision.state === "delivered";
    return {
      deliveryId: delivery.id,
      webhookId: delivery.webhook.id,
      claimToken: delivery.claimToken,
      eventType: delivery.event.type,
      payload: delivery.event.payload,
      decision,
      attempt: {
        number: 1,
        startedAt: at,
        durationMs: 20 + (n % 80),
        phases: { dns: 1, connect: 2, tls: 8, firstByte: 15, body: 1 },
        request: {
          method: "POST" as const,
          url: delivery.webhook.url,
          headers: { "content-type": "application/json", "webhook-id": delivery.event.id },
          body: delivery.event.payload,
        },
        response: {
          status: isDelivered ? 200 : 500,
          headers: { server: "nginx" },
          body: "answer ".repeat(20),
        },
        error: null,
        decision: decision.state,
        nextAttemptAt: null,
        trigger: delivery.trigger,
      },
    };
  });
  await store.recordAttempts(records, at);
}

function decisionOf(n: number) {
  const failureClass = n % 2 === 0 ? ("server_error" as const) : ("timeout" as const);
  if (n < 90) return { state: "delivered" as const };
  if (n < 96) return { state: "failed" as const, failureClass, isWebhookGone: false };
  return { state: "pending" as const, failureClass, nextAttemptAt: new Date(Date.now() + 86_400_000) };
}

/** Each copy of the base is a minute later. Answers whether there are as many as there should be. */
function copyRows(db: Sqlite.Database, thousands: number): boolean {
  const numberOf = (query: string) => db.prepare(query).pluck().get() as number;
  const deliveries = numberOf(`select max(seq) from deliveries where event_seq <= ${baseEvents}`);
  const base: Base = {
    events: baseEvents,
    deliveries,
    attempts: numberOf(`select max(seq) from attempts where delivery_seq <= ${deliveries}`),
  };
  db.exec("create temp table copies (n integer)");
  let next = Math.round(numberOf("select max(seq) from events") / baseEvents);
  while (next < thousands && performance.now() < patienceMs) {
    const end = Math.min(thousands, next + copiesPerTurn);
    db.exec("delete from copies");
    for (let each = next; each < end; each++) db.prepare("insert into copies values (?)").run(each);
    db.exec("begin");
    copyLog(db, base);
    db.exec("commit");
    next = end;
    process.stdout.write(`\r${next} of ${thousands} thousand deliveries `);
  }
  return next >= thousands;
}

/** Row numbers that the store itself has made. */
interface Base {
  events: number;
  deliveries: number;
  attempts: number;
}

function copyLog(db: Sqlite.Database, base: Base): void {
  const id = "base.id || '_' || copies.n";
  copyTable(db, "events", {
    changes: { seq: moved("seq", base.events), id, received_at: moved("received_at", minuteMs) },
    from: `(select * from events where seq <= ${base.events}) as base`,
  });
  copyTable(db, "deliveries", {
    changes: {
      seq: moved("seq", base.deliveries),
      id,
      event_seq: moved("event_seq", base.events),
      attempt_count: String(attemptsPerDelivery),
      created_at: moved("created_at", minuteMs),
      finished_at: moved("finished_at", minuteMs),
    },
    from: `(select * from deliveries where seq <= ${base.deliveries}) as base`,
  });
  const numbers = JSON.stringify(Array.from({ length: attemptsPerDelivery }, (_, at) => at + 1));
  copyTable(db, "attempts", {
    changes: {
      seq: "null",
      id,
      delivery_seq: moved("delivery_seq", base.deliveries),
      number: "numbers.value",
      started_at: moved("started_at", minuteMs),
    },
    from: `(select * from attempts where seq <= ${base.attempts}) as base, json_each('${numbers}') as numbers`,
  });
}

function moved(column: string, by: number): string {
  return `base.${column} + copies.n * ${by}`;
}

interface Copy {
  changes: Readonly<Record<string, string>>;
  from: string;
}

function copyTable(db: Sqlite.Database, table: string, { changes, from }: Copy): void {
  const columns = db.prepare(`select name from pragma_table_info('${table}')`).pluck().all() as string[];
  const names = columns.map((column) => `"${column}"`).join(", ");
  const values = columns.map((column) => changes[column] ?? `base."${column}"`).join(", ");
  db.exec(`insert into ${table} (${names}) select ${values} from copies cross join ${from}`);
}
