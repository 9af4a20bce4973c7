import { afterAll, beforeAll, expect, it } from "vitest";
import { sign } from "@sidehook/events/signature";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { openStore } from "@sidehook/store";
import { createApp } from "../app.ts";
import { createMetrics } from "../metrics.ts";
import { observeStore } from "../observed-store.ts";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  [sidecar, receiver] = await Promise.all([startTestSidecar(), startReceiver()]);
});
afterAll(() => Promise.all([sidecar.close(), receiver.close()]));

const asAdmin = () => ({ authorization: `Bearer ${sidecar.keys.adminToken}` });

/** Each number by its name and labels. */
async function read(app = sidecar.app): Promise<Map<string, number>> {
  const response = await app.request("/metrics", { headers: asAdmin() });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return parse(await response.text());
}

/** @throws Error for a line that the format does not allow, or a family that is not introduced */
function parse(text: string): Map<string, number> {
  const numbers = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const [, introduced, type] = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (introduced !== undefined && type !== undefined) types.set(introduced, type);
    if (/^# (TYPE|HELP [a-z_]+ \S)/.test(line)) continue;
    const [, name = "", labels = "", value] =
      /^([a-z_]+)(\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})? (-?[0-9.e+-]+)$/.exec(line) ?? [];
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
    if (value === undefined || !types.has(family)) throw new Error(`not the format of Prometheus: ${line}`);
    if (numbers.has(name + labels)) throw new Error(`twice: ${line}`);
    numbers.set(name + labels, Number(value));
  }
  return numbers;
}

it("counts events by what became of them, attempts by class with how long they took, and deliveries that ended", async () => {
  await sidecar.createWebhook({ url: receiver.url, events: ["counted"] });
  await sidecar.createWebhook({ url: "http://127.0.0.1:1/", events: ["counted"] });
  const event = { id: "evt_counted", type: "counted", payload: {} };
  await sidecar.call("POST", "/v1/events", { events: [event, event, { type: "NO" }] });
  await sidecar.call("POST", "/v1/events", event);
  await expect.poll(async () => (await read()).get('sidehook_attempts_total{class="connect"}')).toBe(1);
  await expect.poll(async () => (await read()).get('sidehook_attempts_total{class="ok"}')).toBe(1);
  const numbers = await read();
  expect(Object.fromEntries(numbers)).toMatchObject({
    sidehook_store_up: 1,
    'sidehook_events_total{result="accepted"}': 1,
    'sidehook_events_total{result="duplicate"}': 2,
    'sidehook_events_total{result="rejected"}': 1,
    'sidehook_deliveries_ended_total{state="delivered"}': 1,
    'sidehook_deliveries_ended_total{state="failed"}': 0,
    'sidehook_attempt_duration_seconds_count{outcome="ok"}': 1,
    'sidehook_attempt_duration_seconds_bucket{outcome="ok",le="+Inf"}': 1,
    'sidehook_attempt_duration_seconds_count{outcome="failed"}': 1,
    'sidehook_store_errors_total{thread="api"}': 0,
  });
  expect(numbers.get('sidehook_deliveries{state="pending"}')).toBe(1);
  expect(numbers.get("sidehook_oldest_delivery_age_seconds")).toBeGreaterThan(0);
  expect(numbers.get("sidehook_delivery_delay_seconds")).toBeGreaterThanOrEqual(0);
});

it("leaves tests out", async () => {
  const { id } = await sidecar.createWebhook({ url: receiver.url });
  const before = (await read()).get('sidehook_attempts_total{class="ok"}');
  expect((await sidecar.call("POST", `/v1/webhooks/${id}/test`)).status).toBe(200);
  expect((await read()).get('sidehook_attempts_total{class="ok"}')).toBe(before);
});

it("has the same lines however many webhooks there are, and never a URL", async () => {
  const before = [...(await read()).keys()];
  for (let n = 0; n < 5; n++)
    await sidecar.createWebhook({ url: `http://secret-${n}.example/`, events: ["*"] });
  await sidecar.call("POST", "/v1/events", { type: `of_a_plugin_${Date.now()}`, payload: {} });
  const after = [...(await read()).keys()];
  expect(after).toEqual(before);
  expect(after.join()).not.toContain("secret");
});

it("tells that the store cannot be read, and what the process has counted all the same", async () => {
  const { config } = sidecar.services;
  const metrics = createMetrics();
  const opened = await openStore({ url: config.databaseUrl, now: Date.now });
  const store = observeStore(opened, metrics, "api");
  const app = createApp({ ...sidecar.services, metrics, store });
  await store.close();
  const numbers = await read(app);
  expect(numbers.get("sidehook_store_up")).toBe(0);
  expect(numbers.get('sidehook_store_errors_total{thread="api"}')).toBeGreaterThan(0);
});

it("does not take for a fault of the store what a caller asks in vain", async () => {
  expect((await sidecar.call("GET", "/v1/webhooks/wh_unknown")).status).toBe(404);
  expect((await sidecar.call("GET", "/v1/webhooks?cursor=nonsense")).status).toBe(400);
  expect((await read()).get('sidehook_store_errors_total{thread="api"}')).toBe(0);
});

it("is for the scope admin and the bridge alone", async () => {
  const scopes = ["webhooks:write", "deliveries:write", "events:write"];
  const { body } = await sidecar.call("POST", "/v1/tokens", { name: "some", scopes });
  const { token } = body as { token: string };
  const statusOf = async (headers: Record<string, string>) =>
    (await sidecar.app.request("/metrics", { headers })).status;
  expect(await statusOf({})).toBe(401);
  expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(403);
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = sign(sidecar.keys.bridgeKey, "msg_metrics", timestamp, "");
  const signed = {
    "webhook-id": "msg_metrics",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  };
  expect(await statusOf(signed)).toBe(200);
});
