import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { startReceiver } from "@sidehook/delivery/testing";
import { listDeliveries } from "./chaos/books.ts";
import { createRandom } from "./chaos/random.ts";
import { fanOutWide, formatScale, sendBurst } from "./chaos/scale.ts";
import { findFaults, openStage } from "./chaos/stage.ts";
import { startSidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

const random = createRandom(1);

describeE2e("a lot at once", () => {
  it("one event for 1,000 webhooks reaches each of them", async () => {
    const report = await fanOutWide(1000, random);
    console.log(formatScale(report));
    expect(report.faults).toEqual([]);
    expect(report.books.states.delivered).toBe(1000);
  });

  it("a burst of 5,000 events in batches arrives, every one", async () => {
    const report = await sendBurst(5000, random);
    console.log(formatScale(report));
    expect(report.faults).toEqual([]);
    expect(report.books.states.delivered).toBe(5000);
  });

  it("99 healthy webhooks get everything while one never answers", async () => {
    const healthy = await startReceiver();
    const dead = await startReceiver({ answer: () => {} });
    const sidecar = await startSidecar({ SIDEHOOK_ALLOW: "127.0.0.1", SIDEHOOK_LOG: "warn" });
    try {
      const { id: deadId } = await createWebhook(sidecar, { url: dead.url, events: ["*"] });
      for (let i = 0; i < 99; i++) {
        await createWebhook(sidecar, { url: `${healthy.url}/${i}`, events: ["*"] });
      }
      const event = { type: "payment_received", payload: {} };
      const startedAt = performance.now();
      await sidecar.call("POST", "/v1/events", { events: Array.from({ length: 10 }, () => event) });
      await healthy.waitFor(990, 60_000);
      console.log(
        `99 × 10 deliveries beside a dead webhook: ${Math.round(performance.now() - startedAt)} ms`,
      );
      const distinct = new Set(healthy.requests.map(({ headers }) => headers["sidehook-delivery"]));
      expect([distinct.size, healthy.requests.length]).toEqual([990, 990]);
      const waiting = (await listDeliveries(sidecar)).filter(({ webhookId }) => webhookId === deadId);
      expect(waiting.map(({ state }) => state === "pending" || state === "sending")).toEqual(
        Array.from({ length: 10 }, () => true),
      );
    } finally {
      await dead.close(); // what it holds ends, or the sidecar would wait for it
      await sidecar.stop();
      await healthy.close();
    }
  });
});

describeE2e("the SQLite file copied while events come in and go out", () => {
  it("is a sound database that holds every event acknowledged before, and the original goes on", async () => {
    const stage = await openStage({ count: 1, random, prefix: "copied", eventsPerSecond: 100 });
    const folder = mkdtempSync(join(tmpdir(), "sidehook-copy-"));
    const file = join(folder, "sidehook.db");
    try {
      await waitUntil(() => stage.sender.acknowledged.length >= 100, { what: "events to be accepted" });
      const before = [...stage.sender.acknowledged];
      await copyDatabase(join(stage.first.dataDir, "sidehook.db"), file);
      const copy = await startSidecar({ SIDEHOOK_DATA_DIR: folder, SIDEHOOK_ROLE: "api" });
      const copied = await listDeliveries(copy);
      await copy.stop();
      const keys = new Set(copied.map(({ eventId, webhookId }) => `${eventId} ${webhookId}`));
      expect(keys.size).toBe(copied.length);
      for (const id of before) {
        expect(stage.webhookIds.every((webhookId) => keys.has(`${id} ${webhookId}`))).toBe(true);
      }
      expect(findFaults(await stage.settle(), stage.mostInFlight)).toEqual([]);
    } finally {
      await stage.close();
      rmSync(folder, { recursive: true });
    }
  });
});

/** As `sqlite3 sidehook.db '.backup copy.db'` does it. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const original = new DatabaseSync(from, { readOnly: true });
  await backup(original, to);
  original.close();
  const copy = new DatabaseSync(to);
  const [found] = copy.prepare("pragma integrity_check").all();
  copy.close();
  expect(found).toMatchObject({ integrity_check: "ok" });
}
