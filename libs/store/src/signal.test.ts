import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, test, vi } from "vitest";
import { finished, startProgram } from "../test/processes.ts";
import type { Store } from "./store.ts";
import { makeEvent, makeRecord, makeWebhook, openTestStore, testBackends } from "./testing.ts";

async function makeClaim(store: Store, leaseMs = 60_000) {
  const { webhook } = await store.createWebhook(makeWebhook(), new Date());
  await store.ingestEvents([makeEvent()], new Date());
  const slots = [{ webhookId: webhook.id, limit: 1 }];
  const [claimed] = await store.claimDeliveries({ now: new Date(), leaseMs, slots });
  if (!claimed) throw new Error("nothing is due");
  return claimed;
}

describe.each(testBackends)("onDeliveriesDue on $name", (backend) => {
  test("calls back at once after all that makes something due", async () => {
    await using store = await openTestStore(backend);
    const claimed = await makeClaim(store);
    const { id: webhookId } = claimed.webhook;
    const expiring = await makeClaim(store, 1);
    const now = new Date();
    const listener = vi.fn<() => void>();
    store.onDeliveriesDue(listener);
    const calls: Record<string, () => Promise<unknown>> = {
      ingest: () => store.ingestEvents([makeEvent()], now),
      test: () => store.ingestTestEvent(makeEvent(), webhookId, now),
      release: () => store.releaseClaims([claimed.claimToken]),
      resume: () => store.resumeWebhook(webhookId, "send", now),
      activate: () => store.updateWebhook(webhookId, { isActive: true }, now),
      replay: () => store.replayDelivery(claimed.id, now),
      rescue: () => vi.waitUntil(() => store.rescueDeliveries(new Date()), { timeout: 20_000 }),
    };
    for (const [name, call] of Object.entries(calls)) {
      listener.mockClear();
      await call();
      expect([name, listener.mock.calls.length > 0]).toEqual([name, true]);
    }
    expect(await store.recordAttempts([makeRecord(expiring)], now)).toMatchObject({ lost: [expiring.id] });
  });

  test("calls back for other connections, and no longer once it has been stopped", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    await store.createWebhook(makeWebhook(), new Date());
    const stopped = vi.fn<() => void>();
    store.onDeliveriesDue(stopped)();
    const woken = new Promise<void>((resolve) => void store.onDeliveriesDue(resolve));
    await other.ingestEvents([makeEvent()], new Date());
    await woken;
    expect(stopped).not.toHaveBeenCalled();
  });

  test("calls back for another process", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), new Date());
    const woken = new Promise<void>((resolve) => void store.onDeliveriesDue(resolve));
    const ending = await finished(startProgram("ingest-once.ts", store.url));
    expect(ending).toEqual({ code: 0, output: "", errors: "" });
    await woken;
    expect(await store.listDueWebhooks()).toHaveLength(1);
  });

  test("calls back in another thread", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), new Date());
    const path = join(import.meta.dirname, "..", "test", "listen-thread.ts");
    const thread = new Worker(path, { workerData: store.url, execArgv: ["--conditions=@sidehook/source"] });
    const exit = once(thread, "exit");
    await once(thread, "message");
    const woken = once(thread, "message");
    await store.ingestEvents([makeEvent()], new Date());
    expect(await woken).toEqual(["due"]);
    thread.postMessage("stop");
    await exit;
  });
});
