import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRecord } from "@sidehook/store/testing";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

const event = () => ({
  id: newId("evt"),
  type: "payment_received",
  occurredAt: "2026-11-21T12:00:00Z",
  payload: "{}",
  context: {},
});

test("leads to the first webhook while there is none", async () => {
  const { html } = await admin.get("/admin/overview");
  expect(html).toContain("No webhooks yet");
  expect(html).toContain('href="/admin/webhooks/new"');
});

test("says what is wrong and what waits, and draws no chart of nothing", async () => {
  const { store } = admin.services;
  const { now } = admin.clock;
  await store.createWebhook(webhookInput(), now);
  await store.ingestEvents([event(), event()], now);
  const { html } = await admin.get("/admin/overview?range=7d");
  expect(html).toContain("WordPress was never heard.");
  expect(html).toMatch(/Waiting<\/a><\/h2><p class="value">2</);
  expect(html.match(/<figure/g)).toHaveLength(2);
  expect(html.match(/Nothing was sent in this time/g)).toHaveLength(2);
  expect(html).toContain('aria-current="true">7 days');
  expect(html).toMatch(/Waiting or being sent<\/dt><dd>2</);
});

test("says that all is well where it is", async () => {
  await admin.close();
  admin = await startAdmin({ SIDEHOOK_PUBLIC_URL: "https://hooks.example" });
  const { store } = admin.services;
  await store.createWebhook(webhookInput(), admin.clock.now);
  await store.noteBridge(admin.clock.now);
  const { html } = await admin.get("/admin/overview");
  expect(html).toContain("All is well.");
  expect(html).toMatch(/<div class="actions"><a[^>]* href="\/admin\/webhooks\/new"/);
});

test("times are told in the zone that the browser has named", async () => {
  const { html } = await admin.request("/admin/doctor", {
    headers: { cookie: `${admin.cookie}; sidehook_zone=Asia/Kolkata` },
  });
  expect(html).toContain('data-zone="Asia/');
  const made = await admin.request("/admin/overview", {
    headers: { cookie: `${admin.cookie}; sidehook_zone=%3Cscript%3E` },
  });
  expect(made.html).toContain('data-zone="UTC"');
});

test("a chart counts the days of the reader's zone, and has each number in a table", async () => {
  const { store } = admin.services;
  const night = new Date("2026-11-20T19:30:00Z");
  await store.createWebhook(webhookInput(), night);
  await store.ingestEvents([event()], night);
  const webhookId = (await store.listWebhooks({ limit: 1 })).data[0]?.id ?? "";
  const slots = [{ webhookId, limit: 1 }];
  const claimed = await store.claimDeliveries({ now: night, leaseMs: 60_000, slots });
  await store.recordAttempts(
    claimed.map((delivery) => makeRecord(delivery)),
    night,
  );
  const read = async (zone: string) =>
    (
      await admin.request("/admin/overview?range=30d", {
        headers: { cookie: `${admin.cookie}; sidehook_zone=${zone}` },
      })
    ).html;
  expect(await read("UTC")).toMatch(/Nov 20: 1 delivered/);
  expect(await read("Asia/Kolkata")).toMatch(/Nov 21: 1 delivered/);
  expect(await read("Asia/Kolkata")).toMatch(/As a table[^]*Nov 21<\/th><td[^>]*>1</);
});

test("the doctor tells the same to people and programs", async () => {
  const { html } = await admin.get("/admin/doctor");
  expect(html).toContain("Look at it");
  expect(html).toContain("Put the two lines of the page Settings into wp-config.php");
});
