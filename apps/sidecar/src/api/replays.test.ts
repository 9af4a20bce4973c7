import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  sidecar = await startTestSidecar();
});
afterAll(async () => {
  await sidecar.close();
  await receiver.close();
});

async function ingest(type: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ type, payload: { n } }));
  expect((await sidecar.call("POST", "/v1/events", { events })).status).toBe(202);
}

const replay = (filter: object, more: object = {}) =>
  sidecar.call("POST", "/v1/replays", { filter, ...more });

it("counts first, then delivers what a webhook has missed, and tells how far it is", async () => {
  await ingest("missed_it", 12);
  const { id } = await sidecar.createWebhook({ url: receiver.url, events: ["missed_it"] });
  const filter = { webhookId: id, missing: true };
  const { status, body } = await replay(filter, { dryRun: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    planned: 12,
    sample: [{ deliveryId: null, eventType: "missed_it" }, {}, {}, {}, {}],
  });
  expect(receiver.requests).toHaveLength(0);

  const made = await replay(filter);
  expect(made).toMatchObject({
    status: 202,
    body: { id: expect.stringMatching(/^rpl_/), planned: 12, filter },
  });
  const requests = () => receiver.requests.filter(({ headers }) => headers["sidehook-webhook"] === id);
  await receiver.waitFor(() => requests().length === 12);
  const { id: replayId } = made.body as { id: string };
  await expect
    .poll(async () => (await sidecar.call("GET", `/v1/replays/${replayId}`)).body)
    .toMatchObject({ state: "done", planned: 12, done: 12, failed: 0 });
  expect((await replay(filter, { dryRun: true })).body).toEqual({ planned: 0, sample: [] });

  const delivered = async () =>
    (await sidecar.call("GET", `/v1/deliveries?webhookId=${id}&state=delivered`)).body as { data: unknown[] };
  await expect.poll(async () => (await delivered()).data.length).toBe(12);
  await replay({ webhookId: id, until: new Date(Date.now() + 60_000).toISOString() });
  await receiver.waitFor(() => requests().length === 24);
  const list = (await sidecar.call("GET", "/v1/replays?limit=1")).body;
  expect(list).toMatchObject({ data: [{ planned: 12 }], nextCursor: expect.any(String) });
});

it("refuses a filter that means nothing by naming every problem, and more than it was asked never happens", async () => {
  const { status, body } = await replay({ missing: true, state: "failed", sietId: 3 });
  expect(status).toBe(400);
  expect((body as { problems: { path: string }[] }).problems.length).toBeGreaterThan(0);
  const both = (await replay({ missing: true, state: "failed" })).body as { problems: { path: string }[] };
  expect(both.problems.map(({ path }) => path)).toEqual(["filter.webhookId", "filter.state"]);
  expect((await sidecar.call("POST", "/v1/replays", { dryRun: true })).status).toBe(400);
  expect((await replay({ webhookId: "wh_none" })).status).toBe(404);
});

it("cancels a running replay, and says so when it is over", async () => {
  const { id } = await sidecar.createWebhook({ url: receiver.url, events: ["many"], active: false });
  expect((await replay({ webhookId: id, missing: true })).status).toBe(409);
  const made = (await replay({ eventType: "nothing_of_this_kind" })).body as { id: string };
  await expect
    .poll(async () => (await sidecar.call("GET", `/v1/replays/${made.id}`)).body)
    .toMatchObject({ state: "done" });
  expect((await sidecar.call("POST", `/v1/replays/${made.id}/cancel`)).status).toBe(409);
  expect((await sidecar.call("GET", "/v1/replays/rpl_none")).status).toBe(404);
  expect((await sidecar.call("POST", "/v1/replays/rpl_none/cancel")).status).toBe(404);
});
