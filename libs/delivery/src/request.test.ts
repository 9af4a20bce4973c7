import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import type { ClaimedDelivery } from "./delivery.ts";
import { buildRequest, maskRequest, validateHeaders, validateUrl } from "./request.ts";
import { webhookDefaults, type Format, type Webhook } from "./webhook.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const olderSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const timestampSeconds = Math.floor(Date.now() / 1000);
const stamp = { timestampSeconds, version: "1.2.3" };

const webhook: Webhook = {
  id: "wh_1",
  name: "Orders",
  url: "https://hooks.example.com/in?key=1",
  events: ["*"],
  ...webhookDefaults,
  isPaused: false,
  source: "manual",
  externalId: null,
  heldSince: null,
  disabledReason: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

function deliveryOf(changes: Partial<Webhook> = {}, more: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    id: "dlv_1",
    event: {
      id: "evt_1",
      type: "payment_received",
      occurredAt: "2026-11-21T23:50:46Z",
      payload: '{"payment_id": 5, "note": "Grüße 😀"}',
      context: {},
    },
    webhook: { ...webhook, ...changes },
    secrets: [secret],
    attemptNumber: 3,
    attemptOfSchedule: 3,
    trigger: "automatic",
    claimToken: "claim-token",
    ...more,
  };
}

describe("buildRequest", () => {
  it("sets exactly the documented headers", () => {
    const { headers, ...request } = buildRequest(deliveryOf(), stamp);
    expect(headers).toEqual({
      "content-type": "application/json",
      "user-agent": "Sidehook/1.2.3",
      "webhook-id": "evt_1",
      "webhook-timestamp": String(timestampSeconds),
      "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
      "sidehook-event": "payment_received",
      "sidehook-delivery": "dlv_1",
      "sidehook-attempt": "3",
      "sidehook-webhook": "wh_1",
    });
    expect(request).toEqual({
      method: "POST",
      url: "https://hooks.example.com/in?key=1",
      body: '{"payment_id": 5, "note": "Grüße 😀"}',
    });
  });

  it("marks test events by one header more, and replays by none", () => {
    const usual = Object.keys(buildRequest(deliveryOf(), stamp).headers);
    expect(buildRequest(deliveryOf({}, { trigger: "test" }), stamp).headers).toHaveProperty(
      "sidehook-test",
      "true",
    );
    expect(Object.keys(buildRequest(deliveryOf({}, { trigger: "replay" }), stamp).headers)).toEqual(usual);
  });

  it.each<Format>(["compatible", "envelope", "cloudevents"])(
    "signs %s so that others can verify it",
    (format) => {
      const { headers, body } = buildRequest(deliveryOf({ format }), stamp);
      expect(() => new StandardWebhook(secret).verify(body, headers)).not.toThrow();
      expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
      expect(() => new StandardWebhook(olderSecret).verify(body, headers)).toThrow("No matching signature");
      expect(() => new StandardWebhook(secret).verify(`${body} `, headers)).toThrow("No matching signature");
    },
  );

  it("signs with every secret that is valid", () => {
    const { headers, body } = buildRequest(deliveryOf({}, { secrets: [secret, olderSecret] }), stamp);
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const each of [secret, olderSecret]) {
      expect(() => new StandardWebhook(each).verify(body, headers)).not.toThrow();
      expect(() => new SvixWebhook(each).verify(body, headers)).not.toThrow();
    }
  });

  it("adds the webhook's own headers, and lets none of them replace ours", () => {
    const own = { "X-Api-Key": "k", Authorization: "Bearer t" };
    const reserved = { "Webhook-Id": "x", HOST: "x", "content-length": "1", "Sidehook-Event": "x", TE: "x" };
    const { headers } = buildRequest(deliveryOf({ headers: { ...own, ...reserved } }), stamp);
    const usual = buildRequest(deliveryOf(), stamp).headers;
    expect(headers).toEqual({ ...usual, "x-api-key": "k", authorization: "Bearer t" });
  });

  it("turns credentials in the URL into Basic auth and takes them out of the URL", () => {
    const url = "https://us%20er:p%C3%A4ss%3A%40%zz@hooks.example.com/in?a=1#part";
    const request = buildRequest(deliveryOf({ url }), stamp);
    expect(request.url).toBe("https://hooks.example.com/in?a=1");
    const basic = Buffer.from("us er:päss:@%zz").toString("base64");
    expect(request.headers["authorization"]).toBe(`Basic ${basic}`);
  });

  it("prefers an authorization header of the webhook's own to credentials in its URL", () => {
    const changes = { url: "https://u:p@hooks.example.com/", headers: { Authorization: "Bearer t" } };
    expect(buildRequest(deliveryOf(changes), stamp).headers["authorization"]).toBe("Bearer t");
  });
});

it("keeps neither credentials nor values of own headers in the masked request", () => {
  const changes = { url: "https://user:hush-1@hooks.example.com/in", headers: { "X-Api-Key": "hush-2" } };
  const request = buildRequest(deliveryOf(changes), stamp);
  const kept = maskRequest(request, changes);
  expect(JSON.stringify(kept)).not.toMatch(/hush|aHVzaC/);
  expect(kept).toEqual({
    ...request,
    headers: { ...request.headers, authorization: "[masked]", "x-api-key": "[masked]" },
  });
});

describe("validateUrl", () => {
  it.each([
    "https://hooks.example.com/in?a=1",
    "http://127.0.0.1:9000",
    "HTTPS://Example.com.",
    "https://[2606:4700::1111]:8443/x",
    "https://user:p%40ss@example.com/",
    "https://münchen.example/ü",
  ])("takes %s", (url) => {
    expect(validateUrl(url)).toEqual([]);
  });

  it.each([
    ["", "must begin with http:// or https://"],
    ["example.com/in", "must begin with http:// or https://"],
    ["http:example.com", "must begin with http:// or https://"],
    ["ftp://example.com", "must begin with http:// or https://"],
    ["javascript:alert(1)", "must begin with http:// or https://"],
    ["https://", "is not a valid URL"],
    ["https://[127.0.0.1]/", "is not a valid URL"],
    ["https://[fe80::1%25lo]/", "is not a valid URL"],
    ["https://1.2.3.256/", "is not a valid URL"],
    ["https://exa mple.com/", "must not contain spaces or control characters"],
    ["https://example.com/\r\nx-evil: 1", "must not contain spaces or control characters"],
    ["https://exam\tple.com/", "must not contain spaces or control characters"],
    ["https://example.com:0/", "must not have port 0"],
    ["https://a%3Ab:c@example.com/", "must not have a colon in the user name"],
    [`https://example.com/${"a".repeat(2048)}`, "must be at most 2048 characters"],
  ])("refuses %j", (url, message) => {
    expect(validateUrl(url)).toMatchObject([{ path: "url", message }]);
  });
});

describe("validateHeaders", () => {
  it("takes ordinary headers", () => {
    expect(
      validateHeaders({ "X-Api-Key": "k-1", authorization: "Bearer a.b/c=", x_y: "", Cookie: "a=1; b=2" }),
    ).toEqual([]);
  });

  it("tells every problem at once", () => {
    const problems = validateHeaders({
      "X Bad": "1",
      "": "1",
      "X-Evil": "a\r\nhost: b",
      "X-Word": "grün",
      "X-Twice": "1",
      "x-twice": "2",
      "Webhook-Signature": "v1,x",
    });
    expect(problems).toMatchObject([
      { path: "headers.X Bad", message: "is not a valid header name" },
      { path: "headers.", message: "is not a valid header name" },
      { path: "headers.X-Evil", message: "must have a value of printable ASCII characters" },
      { path: "headers.X-Word", message: "must have a value of printable ASCII characters" },
      { path: "headers.x-twice", message: "is given twice" },
      { path: "headers.Webhook-Signature", message: "is set by the service and cannot be changed" },
    ]);
  });

  it.each([
    "Host",
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Upgrade",
    "Expect",
    "TE",
    "Trailer",
    "Proxy-Authorization",
    "User-Agent",
    "Webhook-Id",
    "webhook-anything",
    "Sidehook-Test",
  ])("reserves %s", (name) => {
    expect(validateHeaders({ [name]: "x" })).toHaveLength(1);
  });

  it("bounds their size in all", () => {
    const headers = Object.fromEntries(
      Array.from({ length: 7 }, (_, index) => [`x-${index}`, "v".repeat(1000)]),
    );
    expect(validateHeaders(headers)).toMatchObject([
      { path: "headers", message: "must be at most 6144 characters in all" },
    ]);
  });
});
