import type { WebhookEvent } from "@sidehook/events";
import { describe, expect, it } from "vitest";
import { formatBody } from "./formats.ts";

// every liberty JSON allows: a number no double can hold, a repeated key, escapes, spaces, a key called __proto__
const payload =
  ' {"b": 1.0, "a" : 12345678901234567890123,"a":1e400,"é":"\\u00e9\\/ü😀", "__proto__": {"x":1} }\n';
const event: WebhookEvent = {
  id: "evt_1",
  type: "payment_received",
  occurredAt: "2026-11-21T23:50:46.123456Z",
  payload,
  context: { networkId: 1, siteId: 7, siteUrl: 'https://a.example/?x="1"', source: "web", sequence: 2 },
};

describe("formatBody", () => {
  it("sends the payload's very bytes in the compatible format", () => {
    expect(formatBody(event, "compatible")).toEqual({ contentType: "application/json", body: payload });
  });

  it("wraps the payload without touching it in an envelope", () => {
    const { contentType, body } = formatBody(event, "envelope");
    expect(contentType).toBe("application/json");
    expect(body).toContain(`"data":${payload},`);
    expect(JSON.parse(body)).toEqual({
      type: event.type,
      timestamp: event.occurredAt,
      data: JSON.parse(payload),
      context: event.context,
    });
  });

  it("tells nobody which webhooks were taken over from elsewhere", () => {
    const taken = { ...event, context: { ...event.context, takenOver: [17] } };
    for (const format of ["envelope", "cloudevents"] as const) {
      expect(formatBody(taken, format)).toEqual(formatBody(event, format));
    }
  });

  it("wraps the payload without touching it in a CloudEvent", () => {
    const { contentType, body } = formatBody(event, "cloudevents");
    expect(contentType).toBe("application/cloudevents+json");
    expect(body.endsWith(`,"data":${payload}}`)).toBe(true);
    expect(JSON.parse(body)).toEqual({
      specversion: "1.0",
      id: event.id,
      source: event.context.siteUrl,
      type: event.type,
      time: event.occurredAt,
      datacontenttype: "application/json",
      networkid: 1,
      siteid: 7,
      requestsource: "web",
      requestsequence: 2,
      data: JSON.parse(payload),
    });
  });

  it("has a source and only well-formed attribute names in a CloudEvent that knows nothing of its context", () => {
    const attributes = JSON.parse(formatBody({ ...event, context: {} }, "cloudevents").body) as object;
    expect(attributes).toHaveProperty("source", "urn:sidehook");
    expect(Object.keys(attributes).every((name) => /^[a-z0-9]{1,20}$/.test(name))).toBe(true);
  });
});
