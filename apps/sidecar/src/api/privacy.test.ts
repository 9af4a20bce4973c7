import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sign } from "@sidehook/events/signature";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;

beforeAll(async () => {
  sidecar = await startTestSidecar();
  const events = [
    { id: "evt_robin", type: "payment_received", payload: { customer_user_email: "robin@example.com" } },
    { id: "evt_sam", type: "payment_received", payload: { customer_user_email: "sam@example.com" } },
  ];
  await sidecar.call("POST", "/v1/events", { events });
});
afterAll(() => sidecar.close());

const robin = { email: " Robin@Example.com ", userId: 9 };

function asBridge(body: unknown) {
  const timestamp = Math.floor(Date.now() / 1000);
  const id = crypto.randomUUID();
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(sidecar.keys.bridgeKey, id, timestamp, JSON.stringify(body)),
  };
}

describe("a person's data", () => {
  it("is given out and erased for the bridge and for the admin, and for nobody else", async () => {
    const token = {
      name: "all but admin",
      scopes: ["events:write", "webhooks:write", "deliveries:read", "deliveries:write"],
    };
    const made = (await sidecar.call("POST", "/v1/tokens", token)).body as { token: string };
    for (const path of ["/v1/privacy/export", "/v1/privacy/erase"]) {
      const as = { authorization: `Bearer ${made.token}` };
      expect((await sidecar.call("POST", path, robin, as)).status).toBe(403);
    }
    const exported = await sidecar.call("POST", "/v1/privacy/export", robin, asBridge(robin));
    expect(exported).toMatchObject({
      status: 200,
      body: { data: [{ kind: "event", id: "evt_robin" }], nextCursor: null },
    });
    const erased = await sidecar.call("POST", "/v1/privacy/erase", robin, asBridge(robin));
    expect(erased).toMatchObject({ status: 200, body: { erased: { events: 1 }, nextCursor: null } });
    expect((await sidecar.call("POST", "/v1/privacy/erase", robin)).body).toMatchObject({
      erased: { events: 0 },
    });
  });

  it("says that it was erased, and leaves that of others", async () => {
    const payloadOf = async (id: string) =>
      ((await sidecar.call("GET", `/v1/events/${id}`)).body as { payload: string }).payload;
    expect(await payloadOf("evt_robin")).toBe('{"sidehook_erased":true}');
    expect(await payloadOf("evt_sam")).toContain("sam@example.com");
  });

  it.each([
    [{}, "email"],
    [{ email: "everybody" }, "email"],
    [{ userId: 0 }, "userId"],
    [{ userId: 9, all: true }, ""],
  ])("is not touched without saying whose: %j", async (body, path) => {
    const answer = await sidecar.call("POST", "/v1/privacy/erase", body);
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path }] } });
  });
});
