import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventTypes } from "@sidehook/events";
import { sign } from "@sidehook/events/signature";
import { openStore } from "@sidehook/store";
import { createApp } from "../app.ts";
import { startTestSidecar, type TestSidecar } from "../testing.ts";
import { openRoutes } from "./auth.ts";

let sidecar: TestSidecar;

beforeAll(async () => (sidecar = await startTestSidecar()));
afterAll(() => sidecar.close());

const unknownId = "wh_00000000-0000-7000-8000-000000000000";

function signedBy(secret: string, body: string, id = `msg_${Math.random()}`.replace(".", "")) {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(secret, id, timestamp, body),
  };
}

describe("every route", () => {
  it("is closed without credentials unless it is listed as open", async () => {
    const routes = sidecar.app.routes
      .filter(({ path, method }) => method !== "ALL" && !path.startsWith("/admin") && path !== "/")
      .filter(({ path }) => !openRoutes.has(path));
    expect(routes.length).toBeGreaterThan(25);
    for (const { method, path } of routes) {
      const { status, type } = await sidecar.call(method, path.replaceAll(":id", unknownId), undefined, {});
      expect({ method, path, status }).toEqual({ method, path, status: 401 });
      expect(type).toBe("application/problem+json");
    }
    expect((await sidecar.call("GET", "/v1/no-such-thing", undefined, {})).status).toBe(401);
  });

  it("asks a token for the scope it needs", async () => {
    const { body } = await sidecar.call("POST", "/v1/tokens", { name: "reader", scopes: ["webhooks:read"] });
    const { token, id } = body as { token: string; id: string };
    const as = { authorization: `Bearer ${token}` };
    expect((await sidecar.call("GET", "/v1/webhooks", undefined, as)).status).toBe(200);
    expect((await sidecar.call("POST", "/v1/webhooks", {}, as)).status).toBe(403);
    expect((await sidecar.call("GET", "/v1/deliveries", undefined, as)).status).toBe(403);
    expect((await sidecar.call("GET", "/v1/tokens", undefined, as)).status).toBe(403);
    const list = await sidecar.call("GET", "/v1/tokens");
    expect(JSON.stringify(list.body)).not.toContain(token);
    expect((await sidecar.call("DELETE", `/v1/tokens/${id}`)).status).toBe(204);
    expect((await sidecar.call("GET", "/v1/webhooks", undefined, as)).status).toBe(401);
  });

  it("lets the bridge in by its signature, but not to the tokens, and takes each request once", async () => {
    const headers = signedBy(sidecar.keys.bridgeKey, "");
    expect((await sidecar.call("GET", "/v1/webhooks", undefined, headers)).status).toBe(200);
    expect((await sidecar.call("GET", "/v1/webhooks", undefined, headers)).status).toBe(401);
    const toTokens = signedBy(sidecar.keys.bridgeKey, "");
    expect((await sidecar.call("GET", "/v1/tokens", undefined, toTokens)).status).toBe(403);
  });
});

describe("health and catalog", () => {
  it("is not ready without a worker, and says so", async () => {
    const app = createApp({ ...sidecar.services, isWorkerRunning: () => false });
    const response = await app.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ reason: "the worker does not run" });
  });

  it("is not ready once the store is closed", async () => {
    const { config } = sidecar.services;
    const store = await openStore({ url: config.databaseUrl, now: Date.now });
    const app = createApp({ ...sidecar.services, store });
    expect((await app.request("/readyz")).status).toBe(200);
    await store.close();
    const response = await app.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ reason: "the database cannot be written" });
  });

  it("is ready while the store can be written and the worker runs", async () => {
    expect((await sidecar.call("GET", "/healthz", undefined, {})).status).toBe(200);
    expect((await sidecar.call("GET", "/readyz", undefined, {})).status).toBe(200);
  });

  it("describes each event type with schema, sample and how many webhooks want it", async () => {
    await sidecar.createWebhook({ url: "https://crm.example", events: ["payment_*"] });
    const { body } = await sidecar.call("GET", "/v1/event-types");
    const { data } = body as { data: { type: string; webhooks: number }[] };
    expect(data.length).toBeGreaterThanOrEqual(29);
    expect(data.find(({ type }) => type === "payment_received")?.webhooks).toBe(1);
    const one = await sidecar.call("GET", "/v1/event-types/payment_received");
    expect(one.body).toMatchObject({
      name: "Payment Received",
      schema: { type: "object" },
      sample: { payment_id: 12 },
    });
    expect((await sidecar.call("GET", "/v1/event-types/nothing")).status).toBe(404);
  });

  it("serves OpenAPI and AsyncAPI documents of every event type", async () => {
    const openApi = (await sidecar.call("GET", "/openapi.json")).body as {
      openapi: string;
      webhooks: object;
    };
    expect(openApi.openapi).toBe("3.1.0");
    expect(Object.keys(openApi.webhooks)).toEqual(eventTypes.map(({ type }) => type));
    const asyncApi = (await sidecar.call("GET", "/asyncapi.json")).body as { asyncapi: string };
    expect(asyncApi.asyncapi).toBe("3.0.0");
  });
});
