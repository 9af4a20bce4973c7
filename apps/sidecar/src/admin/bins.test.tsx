import { afterEach, beforeEach, expect, test } from "vitest";
import { eventTypes } from "@sidehook/events";
import { assets } from "./assets.ts";
import { bridgeKey, startAdmin } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

test("a bin is made, says how to send something, and shows what arrives", async () => {
  const { location } = await admin.post("/admin/bins", { name: "Look <here>" });
  const path = (location ?? "").replace("?notice=binAdded", "");
  const id = path.replace("/admin/bins/", "");
  const empty = await admin.get(location ?? "");
  expect(empty.html).toContain("The bin was added.");
  expect(empty.html).toContain("Look &lt;here&gt;");
  expect(empty.html).toContain(`curl -X POST`);
  await admin.services.store.addBinRequest(id, {
    method: "POST",
    path: "/deep?x=<y>",
    headers: { "content-type": "application/json" },
    body: '{"a":[1,{"b":"<c>"}]}',
    receivedAt: admin.clock.now,
  });
  const { html } = await admin.get(path);
  expect(html).toContain("POST /deep?x=&lt;y&gt;");
  expect(html).toContain("&quot;b&quot;: &quot;&lt;c&gt;&quot;");
  expect(html).not.toContain("Nothing has arrived yet");
});

test("the answer of a bin is checked as a whole and kept as typed until it is right", async () => {
  const { store } = admin.services;
  const { id } = await store.createBin("Bin", admin.clock.now);
  const wrong = await admin.post(`/admin/bins/${id}`, { status: "99", delayMs: "soon", body: "<kept>" });
  expect(wrong.status).toBe(422);
  expect(wrong.html).toContain("Enter a status from 200 to 599.");
  expect(wrong.html).toContain("Enter a whole number of milliseconds");
  expect(wrong.html).toMatch(/value="99"[^]*value="soon"[^]*&lt;kept&gt;/);
  await admin.post(`/admin/bins/${id}`, { status: "503", delayMs: "250", body: "later" });
  expect((await store.getBin(id)).answer).toEqual({ status: 503, delayMs: 250, body: "later" });
});

test("a bin is deleted only from the page that says what goes with it", async () => {
  const { store } = admin.services;
  const { id } = await store.createBin("Bin", admin.clock.now);
  expect((await admin.post(`/admin/bins/${id}/delete`)).location).toBe(`/admin/bins/${id}/delete`);
  expect((await store.getBin(id)).id).toBe(id);
  expect((await admin.post(`/admin/bins/${id}/delete`, { confirmed: id })).location).toBe(
    "/admin/bins?notice=binDeleted",
  );
  expect((await admin.get(`/admin/bins/${id}`)).status).toBe(404);
});

test("a bin without a name, or with too long a one, is not made", async () => {
  expect((await admin.post("/admin/bins", { name: " " })).html).toContain("Enter a name.");
  expect((await admin.post("/admin/bins", { name: "x".repeat(201) })).html).toContain(
    "at most 200 characters",
  );
});

test("every event type has a page with its description and sample", async () => {
  const { html } = await admin.get("/admin/event-types");
  for (const { type } of eventTypes) expect(html).toContain(`href="/admin/event-types/${type}"`);
  const page = await admin.get("/admin/event-types/payment_received");
  expect(page.html).toContain("payment_total_raw");
  expect(page.html).toContain('href="/admin/webhooks/new?event=payment_received"');
  expect((await admin.get("/admin/event-types/unknown")).status).toBe(404);
});

test("the settings show the lines for wp-config.php, with the key only when asked for", async () => {
  const line = "define( &#39;SIDEHOOK_URL&#39;, &#39;http://sidehook.test&#39; );";
  const { html } = await admin.get("/admin/settings");
  expect(html).toContain(line);
  expect(html).toContain("SQLite");
  const revealed = await admin.post("/admin/settings/key");
  expect(revealed.html).toContain(`define( &#39;SIDEHOOK_KEY&#39;, &#39;${bridgeKey}&#39; );`);
});

test("assets are cached for ever under their hash and do not exist under any other name", async () => {
  for (const { name, type } of Object.values(assets)) {
    const { status, headers } = await admin.request(`/admin/assets/${name}`);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(headers.get("content-type")).toBe(type);
  }
  expect((await admin.request("/admin/assets/admin.css")).status).toBe(404);
  expect((await admin.request("/admin/assets/..%2findex.ts")).status).toBe(404);
  expect(assets.styles.content.length).toBeLessThan(30_000);
});

test("a notice is one of ours, never a text from the address", async () => {
  expect((await admin.get("/admin/webhooks?notice=saved")).html).toContain("The changes were saved.");
  for (const notice of ["<b>hello</b>", "toString", "__proto__"]) {
    const { html } = await admin.get(`/admin/webhooks?notice=${encodeURIComponent(notice)}`);
    expect(html).not.toContain("notice success");
  }
});
