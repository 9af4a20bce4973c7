import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

function createWebhook(more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  return sidecar.createWebhook({ url: receiver.url, ...more });
}

describe("events and deliveries", () => {
  it("tells for each webhook its delivery, or why it got none", async () => {
    const { id: wanting } = await createWebhook({ events: ["why_*"] });
    const { id: elsewhere } = await createWebhook({ events: ["why_*"], siteIds: [7] });
    const { id: inactive } = await createWebhook({ events: ["why_*"], active: false });
    const { id: other } = await createWebhook();
    const { body } = await sidecar.call("POST", "/v1/events", {
      type: "why_not",
      payload: { a: 1 },
      context: { siteId: 3 },
    });
    const [result] = (body as { results: { id: string }[] }).results;
    const event = (await sidecar.call("GET", `/v1/events/${result?.id}`)).body as {
      payload: string;
      webhooks: { webhookId: string; deliveryId: string | null; reason: string | null }[];
    };
    expect(event.payload).toBe('{"a":1}');
    const reasonOf = (id: string) => event.webhooks.find(({ webhookId }) => webhookId === id);
    expect(reasonOf(wanting)).toMatchObject({ deliveryId: expect.stringMatching(/^dlv_/), reason: null });
    expect(reasonOf(elsewhere)).toMatchObject({ deliveryId: null, reason: "site" });
    expect(reasonOf(inactive)).toMatchObject({ deliveryId: null, reason: "inactive" });
    expect(reasonOf(other)).toMatchObject({ deliveryId: null, reason: "not_subscribed" });
  });

  it("replays a delivery: the same event and id, a further attempt", async () => {
    const { id } = await createWebhook({ events: ["replay_me"] });
    await sidecar.call("POST", "/v1/events", { type: "replay_me", payload: { n: 1 } });
    const requests = () => receiver.requests.filter(({ headers }) => headers["sidehook-webhook"] === id);
    await receiver.waitFor(() => requests().length === 1);
    const deliveries = async () => {
      const { body } = await sidecar.call("GET", `/v1/deliveries?webhookId=${id}`);
      return (body as { data: { id: string; state: string; attemptCount: number }[] }).data;
    };
    await expect.poll(deliveries).toMatchObject([{ state: "delivered", attemptCount: 1 }]);
    const [delivery] = await deliveries();
    expect((await sidecar.call("POST", `/v1/deliveries/${delivery?.id}/replay`)).status).toBe(202);
    await receiver.waitFor(() => requests().length === 2);
    expect(requests()[1]?.headers["webhook-id"]).toBe(requests()[0]?.headers["webhook-id"]);
    await expect.poll(deliveries).toMatchObject([{ state: "delivered", attemptCount: 2 }]);
    const { body } = await sidecar.call("GET", `/v1/deliveries/${delivery?.id}`);
    expect(body).toMatchObject({ attempts: [{ trigger: "automatic" }, { trigger: "replay" }] });
  });

  it("refuses a bad query by naming every bad parameter", async () => {
    const { status, body } = await sidecar.call("GET", "/v1/deliveries?limit=500&state=lost&since=yesterday");
    expect(status).toBe(400);
    expect((body as { problems: { path: string }[] }).problems.map(({ path }) => path)).toEqual([
      "limit",
      "state",
      "since",
    ]);
    expect((await sidecar.call("GET", "/v1/deliveries?cursor=nonsense")).status).toBe(400);
  });

  it("deactivates a webhook whose receiver answers 410", async () => {
    const { id } = await createWebhook({ events: ["gone_now"] });
    receiver.answerWith({ status: 410 });
    await sidecar.call("POST", "/v1/events", { type: "gone_now", payload: {} });
    const webhook = async () => (await sidecar.call("GET", `/v1/webhooks/${id}`)).body;
    await expect
      .poll(webhook)
      .toMatchObject({ active: false, disabledReason: "gone", health: { state: "disabled" } });
    receiver.answerWith({});
  });
});

describe("bins", () => {
  it("keep what they get and answer as they were told, to anybody", async () => {
    const { body } = await sidecar.call("POST", "/v1/bins", { name: "look" });
    const { id, url } = body as { id: string; url: string };
    expect(url).toBe(`http://127.0.0.1:8787/bin/${id}`);
    await sidecar.call("PATCH", `/v1/bins/${id}`, { answer: { status: 202, body: "taken" } });
    const response = await sidecar.app.request(`/bin/${id}/deep?x=1`, {
      method: "PUT",
      body: "<b>hello</b>",
    });
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 202, text: "taken" });
    expect(response.headers.get("content-type")).toContain("text/plain");
    const { body: page } = await sidecar.call("GET", `/v1/bins/${id}/requests`);
    expect(page).toMatchObject({ data: [{ method: "PUT", path: "/deep?x=1", body: "<b>hello</b>" }] });
    expect((await sidecar.app.request("/bin/bin_nothing")).status).toBe(404);
    expect((await sidecar.call("DELETE", `/v1/bins/${id}`)).status).toBe(204);
    expect((await sidecar.app.request(`/bin/${id}`)).status).toBe(404);
  });
});
