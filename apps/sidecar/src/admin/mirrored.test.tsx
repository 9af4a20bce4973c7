import { afterAll, beforeAll, expect, test } from "vitest";
import type { Attempt, FailureClass } from "@sidehook/delivery";
import { newId, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeAll(async () => {
  admin = await startAdmin();
  await seed();
});
afterAll(() => admin.close());

/** Something of every kind that pages show. Names are one word each: they are nobody's to translate. */
async function seed() {
  const { store } = admin.services;
  const now = admin.clock.now;
  const add = async (input: Parameters<typeof webhookInput>[0]) =>
    (await store.createWebhook(webhookInput(input), now)).webhook.id;
  const failing = await add({
    name: "Failing",
    url: "https://robin:secret@crm.example/in",
    headers: { "x-key": "1", authorization: "Bearer abc" },
    siteIds: [3],
    filter: { payment_id: [5] },
    retryScheduleMs: [5000],
    timeoutMs: 5000,
    maxConcurrency: 4,
    rateLimit: { limit: 20, per: "minute" },
    isOrdered: true,
  });
  const gone = await add({ name: "Gone" });
  const healthy = await add({ name: "Healthy", events: ["payment_received", "site_*", "my_plugin.thing"] });
  await add({ name: "Inactive", isActive: false });
  await add({ name: "Mirrored", source: "ultimate-multisite", externalId: "1:1" });
  const { id: paused } = (await store.createWebhook(webhookInput({ name: "Paused" }), now)).webhook;
  await store.pauseWebhook(paused, now);
  for (const type of ["payment_received", "payment_received", "my_plugin.thing"]) await ingest(type);
  await attempt(failing, { status: 500 });
  await attempt(failing, { failureClass: "dns" });
  await attempt(gone, { status: 410 });
  await attempt(healthy, { status: 200 });
  await store.createBin("Bin", now);
  for (const by of ["link", "token", "WordPress user robin (5)"]) await store.createSession(by, now);
  await store.createToken({ name: "Token", scopes: ["events:write", "webhooks:read"], expiresAt: null }, now);
  await store.createReplay({ webhookId: healthy, eventType: "payment_received", state: "delivered" }, now);
}

async function ingest(type: string) {
  const payload = '{"payment_id":5,"customer_email":"robin@example.com"}';
  const context = { siteId: 3, siteUrl: "https://network.example" };
  const event = { id: newId("evt"), type, occurredAt: "2026-11-21T12:00:00Z", payload, context };
  await admin.services.store.ingestEvents([event], admin.clock.now);
}

/** As the worker records it: an answer with a status, or none at all. */
async function attempt(webhookId: string, outcome: { status: number } | { failureClass: FailureClass }) {
  const { store } = admin.services;
  const now = admin.clock.now;
  const [claimed] = await store.claimDeliveries({ now, leaseMs: 60_000, slots: [{ webhookId, limit: 1 }] });
  if (!claimed) throw new Error("nothing was due");
  const { type: eventType, payload } = claimed.event;
  const hasAnswer = "status" in outcome;
  const isDelivered = hasAnswer && outcome.status === 200;
  const failureClass: FailureClass = hasAnswer
    ? outcome.status === 410
      ? "gone"
      : "server_error"
    : outcome.failureClass;
  const made: Omit<Attempt, "id"> = {
    number: 1,
    startedAt: now,
    durationMs: 1234,
    phases: { dns: 1, connect: 2, tls: 3, firstByte: 30, body: 1 },
    request: { method: "POST", url: "https://crm.example/in", headers: { a: "b" }, body: payload },
    response: hasAnswer ? { status: outcome.status, headers: { server: "nginx" }, body: "no thanks" } : null,
    error: hasAnswer ? null : { class: failureClass, message: "getaddrinfo ENOTFOUND crm.example" },
    decision: isDelivered ? "delivered" : "failed",
    nextAttemptAt: null,
    trigger: claimed.trigger,
  };
  const decision = isDelivered
    ? ({ state: "delivered" } as const)
    : ({ state: "failed", failureClass, isWebhookGone: failureClass === "gone" } as const);
  const { id: deliveryId, claimToken } = claimed;
  const record = { deliveryId, webhookId, claimToken, eventType, payload, attempt: made, decision };
  await store.recordAttempts([record], now);
}

const headers = () => ({ cookie: `${admin.cookie}; sidehook_language=ar-XB` });

/** Two pages about two things of one kind are one page; of webhooks each is another. */
function shapeOf(path: string): string {
  return path.replaceAll(/(?<!wh)_[0-9a-f]{8}-[0-9a-f-]+/g, "").replace(/(event-types\/).+/, "$1");
}

const voids = new Set(["meta", "link", "input", "br", "wbr", "img", "hr", "source"]);
const untranslated = new Set(["code", "pre", "kbd", "data", "script", "style", "textarea"]);

/** Plain words of a to z: neither what was turned around nor names such as `payment_received`. */
function countWords(text: string): number {
  const rest = text.replaceAll(/\u202e[^\u202c]*\u202c/g, " ").replaceAll(/&\w+;/g, '"');
  return rest.split(/[\s()“”]+/).filter((word) => /^[a-z]{2,}[.,;!?]?$/i.test(word)).length;
}

/** Of a page whose messages are turned around, every text and label of two English words that is not marked as English. */
function englishOf(html: string): string[] {
  const found: string[] = [];
  const marked: boolean[] = [];
  const judge = (text: string) => {
    if (!marked.at(-1) && countWords(text) > 1) found.push(text.trim());
  };
  for (const [, close, name, attributes = "", text] of html.matchAll(
    /<(\/?)([a-z][a-z0-9-]*)([^>]*)>|([^<]+)/gi,
  )) {
    if (text !== undefined) judge(text);
    else if (close === "/") marked.pop();
    else if (name !== undefined) {
      const isMarked = untranslated.has(name) || / lang="en"/.test(attributes);
      const isOurs = / lang="ar-XB"/.test(attributes);
      marked.push(isMarked || (marked.at(-1) === true && !isOurs));
      for (const [, label = ""] of attributes.matchAll(/ (?:aria-label|alt|title|placeholder)="([^"]*)"/g))
        judge(label);
      if (voids.has(name) || attributes.endsWith("/")) marked.pop();
    }
  }
  return found;
}

test("the mark for what is no message is found, and what is marked as English is not", () => {
  expect(englishOf('<p>\u202eGood\u202c <b>two words</b></p><i title="a title of them"></i>')).toEqual([
    "two words",
    "a title of them",
  ]);
  expect(englishOf('<p lang="en">two words<br/>and more</p><code>so be it</code><p>one</p>')).toEqual([]);
});

test("every page says everything in the language of its reader", async () => {
  const english: Record<string, string[]> = {};
  const visited = new Set<string>();
  const waiting = ["/admin/sign-in", "/admin/overview", "/admin/nowhere"];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const shape = shapeOf(path);
    if (visited.has(shape)) continue;
    visited.add(shape);
    const { html, headers: told } = await admin.request(path, { headers: headers() });
    if (!told.get("content-type")?.startsWith("text/html")) continue;
    const found = englishOf(html);
    if (found.length > 0) english[path] = found;
    for (const [, href = ""] of html.matchAll(/href="(\/admin\/[^"#]*)/g))
      waiting.push(href.replaceAll("&amp;", "&"));
  }
  expect(english).toEqual({});
  expect([...visited].filter((path) => path.startsWith("/admin/")).length).toBeGreaterThan(40);
});

const wrongForm = {
  formId: "form_1",
  name: "a".repeat(201),
  url: "ftp://example.com",
  events: ["pay?ment"],
  format: "envelope",
  sites: "3 x",
  filter: '{"a": 1, "b": [{"numeric": 1}], "$or": []}',
  headers: "Host: a\nX-Bad: \u00e9",
  auth: "basic",
  retries: "soon",
  timeout: "2h",
  concurrency: "0",
  rate: "many",
};

test.each([
  ["/admin/webhooks/new", wrongForm],
  ["/admin/webhooks/new", { ...wrongForm, filter: "{" }],
  ["/admin/webhooks/new", { name: "", url: "", action: "" }],
  ["/admin/webhooks/new", { url: "http://10.0.0.1/", action: "show", event: "payment_received" }],
  [
    "/admin/webhooks/new",
    { event: "payment_received", filter: '{"a":[1]}', format: "envelope", action: "try" },
  ],
  ["/admin/settings/key", {}],
  ["/admin/settings/access/tokens", {}],
])("%s says what is wrong with it in the language of its reader (%#)", async (path, fields) => {
  const body = new URLSearchParams({ csrf: admin.csrf });
  for (const [name, value] of Object.entries(fields))
    [value].flat().forEach((each) => body.append(name, each));
  const { html } = await admin.request(path, { method: "POST", headers: headers(), body });
  expect(html).toContain('lang="ar-XB"');
  expect(englishOf(html)).toEqual([]);
});
