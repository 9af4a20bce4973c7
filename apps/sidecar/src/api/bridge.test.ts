import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sign } from "@sidehook/events/signature";
import { startTestSidecar, type TestSidecar } from "../testing.ts";
import { version } from "../version.ts";

let sidecar: TestSidecar;

beforeAll(async () => {
  sidecar = await startTestSidecar();
  await sidecar.createWebhook({ url: "https://crm.example/", events: ["site_*", "payment_received"] });
});
afterAll(() => sidecar.close());

async function callAsBridge(method: string, path: string, body = "") {
  const timestamp = Math.floor(Date.now() / 1000);
  const id = crypto.randomUUID();
  const response = await sidecar.app.request(path, {
    method,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": sign(sidecar.keys.bridgeKey, id, timestamp, body),
    },
    ...(body === "" ? {} : { body }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const wanted = ["payment_received", "site_*"];

describe("the bridge", () => {
  it("is told what webhooks want when it asks", async () => {
    const { status, body } = await callAsBridge("GET", "/v1/bridge");
    expect({ status, body }).toEqual({ status: 200, body: { wanted, archive: false, version } });
  });

  it("is told to keep everything once an admin has switched that on, until it is switched off", async () => {
    for (const archive of [true, false]) {
      expect(await sidecar.call("PATCH", "/v1/bridge", { archive })).toMatchObject({
        status: 200,
        body: { wanted, archive, version },
      });
      expect((await callAsBridge("GET", "/v1/bridge")).body).toEqual({ wanted, archive, version });
    }
  });

  it("cannot switch it itself, and nobody can switch it to nonsense", async () => {
    expect((await callAsBridge("PATCH", "/v1/bridge", '{"archive":true}')).status).toBe(403);
    for (const body of [{ archive: "yes" }, {}, { archive: true, wanted: ["*"] }]) {
      expect((await sidecar.call("PATCH", "/v1/bridge", body)).status).toBe(400);
    }
    expect((await callAsBridge("GET", "/v1/bridge")).body).toEqual({ wanted, archive: false, version });
  });

  it("is told what webhooks want with each answer to its events, and nobody else is", async () => {
    const event = { type: "payment_received", payload: {} };
    const { status, body } = await callAsBridge("POST", "/v1/events", JSON.stringify({ events: [event] }));
    expect(status).toBe(202);
    expect(body).toMatchObject({ results: [{ status: "accepted" }], wanted });
    expect((await sidecar.call("POST", "/v1/events", event)).body).not.toHaveProperty("wanted");
  });
});
