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

const unknownId = "wh_00000000-0000-7000-8000-000000000000";

function createWebhook(more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  return sidecar.createWebhook({ url: receiver.url, ...more });
}

describe("/v1/webhooks", () => {
  it("names every problem of a webhook at once", async () => {
    const input = {
      name: " ",
      url: "ftp://example.com",
      events: ["Payment Received"],
      active: "yes",
      colour: "red",
    };
    const { status, type, body } = await sidecar.call("POST", "/v1/webhooks", input);
    expect({ status, type }).toEqual({ status: 400, type: "application/problem+json" });
    const { problems } = body as { problems: { path: string; message: string }[] };
    expect(problems.map(({ path }) => path).sort()).toEqual(["", "active", "events[0]", "name", "url"]);
    expect(problems.find(({ path }) => path === "")?.message).toContain("colour");
    expect(problems).toContainEqual({ path: "url", message: "must begin with http:// or https://" });
  });

  it("keeps filter, rate limit and order as they were given, and names what is wrong with them", async () => {
    const given = {
      filter: { payment_status: ["completed"] },
      rateLimit: { limit: 20, per: "minute" },
      ordered: true,
    };
    const { id } = await createWebhook(given);
    const { body } = await sidecar.call("PATCH", `/v1/webhooks/${id}`, { name: "ERP" });
    expect(body).toMatchObject({ ...given, name: "ERP", heldSince: null });
    const wrong = {
      filter: { payment_status: "completed", a: [] },
      rateLimit: { limit: 0, per: "day" },
      ordered: 1,
    };
    const answer = await sidecar.call("PATCH", `/v1/webhooks/${id}`, wrong);
    expect(answer.status).toBe(400);
    const { problems } = answer.body as { problems: { path: string }[] };
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "filter.a",
      "filter.payment_status",
      "ordered",
      "rateLimit.limit",
      "rateLimit.per",
    ]);
    const none = { filter: null, rateLimit: null, ordered: false };
    expect((await sidecar.call("PATCH", `/v1/webhooks/${id}`, none)).body).toMatchObject(none);
  });

  it("shows the secret of a new webhook once, and later only on demand", async () => {
    const { id, secret } = await createWebhook();
    expect(secret).toMatch(/^whsec_/);
    for (const path of ["/v1/webhooks", `/v1/webhooks/${id}`]) {
      expect(JSON.stringify((await sidecar.call("GET", path)).body)).not.toContain(secret);
    }
    expect((await sidecar.call("GET", `/v1/webhooks/${id}/secret`)).body).toEqual({ secret });
  });

  it("never shows the credentials of a URL", async () => {
    const { id } = await createWebhook({ url: "https://robin:hunter2@hooks.example/x" });
    const { body } = await sidecar.call("GET", `/v1/webhooks/${id}`);
    expect(JSON.stringify(body)).not.toContain("hunter2");
    expect(body).toMatchObject({ url: "https://***:***@hooks.example/x" });
  });

  it("changes what is given and keeps the rest", async () => {
    const { id } = await createWebhook({ retrySchedule: ["5s", "90m"], timeout: "10s" });
    const { status, body } = await sidecar.call("PATCH", `/v1/webhooks/${id}`, {
      name: "ERP",
      active: false,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "ERP",
      active: false,
      events: ["payment_received"],
      url: receiver.url,
    });
    expect(body).toMatchObject({ retrySchedule: ["5s", "90m"], timeout: "10s" });
    expect((await sidecar.call("PATCH", `/v1/webhooks/${id}`, { events: [] })).status).toBe(400);
  });

  it("answers 404 for what does not exist, on every route", async () => {
    for (const [method, path] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/test"],
      ["POST", "/pause"],
      ["POST", "/resume"],
      ["GET", "/secret"],
      ["POST", "/secret/rotate"],
    ] as const) {
      const { status, type } = await sidecar.call(
        method,
        `/v1/webhooks/${unknownId}${path}`,
        method === "PATCH" ? {} : undefined,
      );
      expect({ path, method, status, type }).toEqual({
        path,
        method,
        status: 404,
        type: "application/problem+json",
      });
    }
  });

  it("sends a test event as a real one, marked, and answers with the attempt", async () => {
    const { id } = await createWebhook({ active: false });
    receiver.answerWith({ status: 418, body: "short and stout" });
    const before = receiver.requests.length;
    const { status, body } = await sidecar.call("POST", `/v1/webhooks/${id}/test`, {
      event: "site_published",
    });
    receiver.answerWith({});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      test: true,
      state: "failed",
      eventType: "site_published",
      failure: { class: "rejected" },
    });
    expect(body).toMatchObject({
      attempts: [{ number: 1, trigger: "test", response: { status: 418, body: "short and stout" } }],
    });
    const request = receiver.requests[before];
    expect(request?.headers).toMatchObject({ "sidehook-test": "true", "sidehook-event": "site_published" });
    expect((await sidecar.call("POST", `/v1/webhooks/${id}/test`, { event: "no_such" })).status).toBe(404);
  });

  it("collects while paused and lets the backlog go, or discards it", async () => {
    const { id } = await createWebhook({ events: ["paused_type"] });
    const waiting = async () => {
      const { body } = await sidecar.call("GET", `/v1/webhooks/${id}`);
      return (body as { health: { pending: number } }).health.pending;
    };
    for (const [backlog, sent] of [
      ["discard", 0],
      ["send", 2],
    ] as const) {
      const before = receiver.requests.length;
      expect((await sidecar.call("POST", `/v1/webhooks/${id}/pause`)).body).toMatchObject({ paused: true });
      await sidecar.call("POST", "/v1/events", {
        events: [
          { type: "paused_type", payload: {} },
          { type: "paused_type", payload: {} },
        ],
      });
      expect(await waiting()).toBe(2);
      expect((await sidecar.call("POST", `/v1/webhooks/${id}/resume`, { backlog })).status).toBe(200);
      await receiver.waitFor(before + sent);
      await expect.poll(waiting).toBe(0);
      expect(receiver.requests).toHaveLength(before + sent);
    }
  });
});
