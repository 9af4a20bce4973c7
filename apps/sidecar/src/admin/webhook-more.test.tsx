import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId, startAdmin } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

const list = async () => (await admin.services.store.listWebhooks({ limit: 50 })).data;
const event = (type = "payment_received") => ({
  id: newId("evt"),
  type,
  occurredAt: "2026-11-21T12:00:00Z",
  payload: '{"payment_id":5}',
  context: {},
});
const filled = {
  formId: "form_1",
  name: "CRM",
  url: "https://crm.example/in",
  event: "payment_received",
  active: "yes",
};

describe("the second part of the form", () => {
  const more = {
    ...filled,
    sites: "3, 7",
    filter: '{"payment_status": ["completed"]}',
    headers: "X-Key: one\nX-Other: two: three",
    auth: "basic",
    user: "jane",
    password: "pass-word",
    format: "envelope",
    retries: "5s, 1h",
    timeout: "20s",
    concurrency: "4",
    rate: "20",
    per: "minute",
    ordered: "yes",
  };

  test("is what is saved", async () => {
    expect((await admin.post("/admin/webhooks/new", more)).status).toBe(303);
    expect((await list())[0]).toMatchObject({
      siteIds: [3, 7],
      filter: { payment_status: ["completed"] },
      headers: { "X-Key": "one", "X-Other": "two: three", authorization: "Basic amFuZTpwYXNzLXdvcmQ=" },
      format: "envelope",
      retryScheduleMs: [5000, 3_600_000],
      timeoutMs: 20_000,
      maxConcurrency: 4,
      rateLimit: { limit: 20, per: "minute" },
      isOrdered: true,
    });
  });

  test("is unfolded where something is in it or wrong with it, and nowhere else", async () => {
    const post = async (changes: object) => {
      const { status, html } = await admin.post("/admin/webhooks/new", {
        ...filled,
        format: "compatible",
        ...changes,
      });
      expect(status).toBe(422);
      return /<details class="fold more" id="more" open/.test(html);
    };
    expect(await post({ name: "" })).toBe(false);
    expect(await post({ name: "", concurrency: "4" })).toBe(true);
    expect(await post({ auth: "basic" })).toBe(true);
  });

  test("shows saved secrets as marks, and keeps what the marks stand for", async () => {
    await admin.post("/admin/webhooks/new", more);
    const [before] = await list();
    const path = `/admin/webhooks/${before?.id}/edit`;
    const { html } = await admin.get(path);
    expect(html).toContain("X-Key: ***\nX-Other: ***");
    for (const secret of ["one", "two: three", "jane", "pass-word", "amFu"]) {
      expect(html).not.toContain(`>${secret}`);
      expect(html).not.toContain(`value="${secret}`);
    }
    const kept = { ...more, headers: "X-Key: ***\nX-Other: ***", user: "***", password: "***" };
    expect((await admin.post(path, kept)).status).toBe(303);
    expect((await list())[0]?.headers).toEqual(before?.headers);
    const half = await admin.post(path, { ...kept, user: "somebody-else" });
    expect(half.status).toBe(422);
    await admin.post(path, { ...kept, headers: "X-Key: new", auth: "bearer", authToken: "tok" });
    expect((await list())[0]?.headers).toEqual({ "X-Key": "new", authorization: "Bearer tok" });
  });

  test("says everything that is wrong at once", async () => {
    const { status, html } = await admin.post("/admin/webhooks/new", {
      ...more,
      sites: "all",
      filter: "{",
      headers: "no colon",
      user: "",
      retries: "soon",
      timeout: "1h",
      concurrency: "-1",
      rate: "0",
    });
    expect(status).toBe(422);
    for (const id of ["sites", "filter", "headers", "auth", "retries", "timeout", "concurrency", "rate"]) {
      expect(html).toContain(`id="${id}-problems"`);
    }
    expect(await list()).toEqual([]);
  });

  test("names the part that is wrong, and what is wrong with it", async () => {
    const wrong = { sites: "3 all", headers: "Host: a", retries: "5s soon", concurrency: "0", rate: "0.5" };
    const filter = '{"a": [1], "b": [{"numeric": 1}]}';
    const { html } = await admin.post("/admin/webhooks/new", { ...more, ...wrong, filter });
    for (const text of [
      "all must be a whole number.",
      "Host is set by the service and cannot be changed.",
      "soon must be a duration such as 500ms, 5s, 30m, 2h, 30d.",
      "Attempts at once must be at least 1.",
      "At most so many requests must be a whole number.",
      "b[0].numeric must be a comparison and a number",
    ]) {
      expect(html).toContain(text);
    }
  });

  test.each([
    ['{"a": 1', "in line 1, column 8"],
    ["{", "in line 1, column 2"],
    ['{\n"a": [1,]}', "] cannot stand where it stands"],
    ["soon", "s cannot stand where it stands"],
  ])("tells where the mistake in %j is", async (filter, place) => {
    const { html } = await admin.post("/admin/webhooks/new", { ...more, filter });
    expect(html).toMatch(/id="filter-problems"><li>Filter is not valid JSON: /);
    expect(html).toContain(place);
  });

  test("tries a filter on past events, and on samples while there are none", async () => {
    const { store } = admin.services;
    const ask = () => admin.post("/admin/webhooks/new", { ...more, name: "", sites: "", action: "try" });
    expect((await ask()).html).toContain("No such event has happened yet. Of 1 sample");
    await store.ingestEvents(
      [event(), { ...event(), payload: '{"payment_status":"completed"}' }, event("site_published")],
      admin.clock.now,
    );
    const { status, html } = await ask();
    expect(status).toBe(200);
    expect(html).toContain("Of 2 past events 1 would have been delivered.");
    const wrong = await admin.post("/admin/webhooks/new", { ...more, filter: "{", action: "try" });
    expect(wrong.html).toContain("Filter is not valid JSON");
    expect(await list()).toEqual([]);
  });
});
