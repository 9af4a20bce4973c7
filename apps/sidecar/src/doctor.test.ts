import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chooseSpeech } from "./admin/language.ts";
import { startAdmin, webhookInput, newId } from "./admin/testing.ts";
import { checkIds, examine, gatherFacts, worstOf, type Facts } from "./doctor.ts";

const healthy: Facts = {
  isWritable: true,
  isWorkerRunning: true,
  lateMs: 0,
  webhooks: { healthy: 3, failing: 0, held: 0, paused: 1, disabled: 0 },
  gone: 0,
  silentMs: 60_000,
  freeBytes: 50 * 1024 ** 3,
  openKeyFiles: [],
  publicUrl: "https://hooks.example",
  wideRanges: [],
};

test("finds nothing wrong where nothing is", () => {
  const findings = examine(healthy);
  expect(findings.map(({ id }) => id)).toEqual(checkIds.filter((id) => id !== "gone"));
  expect(worstOf(findings)).toBe("ok");
});

test.each<[Partial<Facts>, string, string]>([
  [{ isWritable: false }, "failed", "cannot be written"],
  [{ isWorkerRunning: false }, "failed", "does not run"],
  [{ lateMs: 5 * 60_000 }, "warning", "5 minutes"],
  [{ webhooks: { ...healthy.webhooks, failing: 1, held: 1 } }, "warning", "2 webhooks"],
  [{ gone: 1 }, "warning", "1 webhook was switched off"],
  [{ silentMs: null }, "warning", "wp-config.php"],
  [{ silentMs: 3 * 86_400_000 }, "warning", "3 days"],
  [{ freeBytes: 500 * 1024 ** 2 }, "warning", "500 MiB"],
  [{ freeBytes: 0 }, "failed", "0 MiB"],
  [{ openKeyFiles: ["bridge.key"] }, "warning", "chmod 600 bridge.key"],
  [{ publicUrl: "http://hooks.example" }, "warning", "https://"],
  [{ wideRanges: ["0.0.0.0/0"] }, "warning", "0.0.0.0/0"],
])("says of %j what to do", (changes, state, text) => {
  const findings = examine({ ...healthy, ...changes });
  expect(worstOf(findings)).toBe(state);
  const [bad, ...more] = findings.filter((finding) => finding.state !== "ok");
  expect(more).toEqual([]);
  const { t } = chooseSpeech("en");
  expect(bad && t(bad.key, bad.values)).toContain(text);
});

test("leaves out what cannot be known here", () => {
  const ids = examine({ ...healthy, isWorkerRunning: null, freeBytes: null }).map(({ id }) => id);
  expect(ids).not.toContain("worker");
  expect(ids).not.toContain("disk");
});

test.each(["http://127.0.0.1:8787", "http://localhost", "http://[::1]:1"])(
  "has nothing against %s, which nobody else reaches",
  (publicUrl) => {
    expect(worstOf(examine({ ...healthy, publicUrl }))).toBe("ok");
  },
);

describe("the facts", () => {
  let admin: Awaited<ReturnType<typeof startAdmin>>;
  beforeEach(async () => void (admin = await startAdmin({ SIDEHOOK_ALLOW: "127.0.0.1:9,0.0.0.0/0,[::/8]" })));
  afterEach(() => admin.close());

  test("are those of the store, the disk and the settings", async () => {
    const { services, clock } = admin;
    const start = clock.now;
    await services.store.createWebhook(webhookInput(), start);
    const event = {
      id: newId("evt"),
      type: "payment_received",
      occurredAt: start.toISOString(),
      payload: "{}",
      context: {},
    };
    await services.store.ingestEvents([event], start);
    await services.store.noteBridge(start);
    const token = join(services.config.dataDir, "admin.token");
    writeFileSync(token, "secret");
    chmodSync(token, 0o644);
    clock.now = new Date(start.getTime() + 120_000);
    const facts = await gatherFacts(services);
    expect(facts).toMatchObject({
      isWritable: true,
      isWorkerRunning: true,
      webhooks: { healthy: 1 },
      silentMs: 120_000,
      openKeyFiles: ["admin.token"],
      wideRanges: ["0.0.0.0/0", "[::/8]"],
    });
    expect(facts.freeBytes).toBeGreaterThan(0);
  });
});
