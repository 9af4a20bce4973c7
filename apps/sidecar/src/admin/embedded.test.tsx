import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sign } from "@sidehook/events/signature";
import { adminToken, bridgeKey, encode, newId, startAdmin, webhookInput } from "./testing.ts";

const base = "/wp-admin/network/admin.php?page=sidehook&path=";
const bridgePage = `${base}bridge`;
const person = {
  user: { id: 7, login: "meera" },
  language: "de-DE",
  timeZone: "Asia/Kolkata",
  colors: "modern",
  base,
  bridgePage,
  nonce: "nonce-of-wordpress",
  scriptNonce: "0123abcd",
};

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

function signed(path: string, body: unknown, changes: Record<string, string> = {}) {
  const text = JSON.stringify(body);
  const id = `req_${randomUUID()}`;
  const timestamp = Math.floor(admin.clock.now.getTime() / 1000);
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(bridgeKey, id, timestamp, text),
    ...changes,
  };
  return admin.request(path, { method: "POST", headers, body: text });
}

const open = (path: string, changes: Record<string, unknown> = {}) =>
  signed("/admin/embedded", { method: "GET", path, form: "", ...person, ...changes });
const submit = (path: string, fields: Record<string, string>) =>
  open(path, { method: "POST", form: encode(fields).toString() });

describe("a request that is passed through", () => {
  test("is answered with a part of a page, in the surroundings the signed body tells", async () => {
    const { status, headers, html } = await open("/webhooks/new");
    expect(status).toBe(200);
    expect(headers.get("sidehook-page")).toBe("1");
    expect(html).toMatch(/^<div id="sidehook" lang="en" dir="ltr" data-zone="Asia\/Calcutta"/);
    expect(html).toContain('data-colors="modern"');
    expect(html).toMatch(/<script src="[^"]*admin\.\w+\.js" nonce="0123abcd">/);
    expect(html).not.toMatch(/<!doctype|<html|<head|<body|<main|<title/i);
    expect(html).toContain('<input type="hidden" name="csrf" value="nonce-of-wordpress"/>');
    expect(html).toContain(`<a href="${bridgePage.replace("&", "&amp;")}">Connection</a>`);
  });

  test("changes what its form says, and leads on inside WordPress", async () => {
    const { status, headers } = await submit("/bins", { name: "A bin" });
    const { data } = await admin.services.store.listBins({ limit: 2 });
    expect(data).toMatchObject([{ name: "A bin" }]);
    expect(status).toBe(303);
    expect(headers.get("location")).toBe(`${base}/bins/${data[0]?.id}&notice=binAdded`);
  });

  test("counts once, and only with a signature over exactly its body", async () => {
    const body = { method: "GET", path: "/webhooks", form: "", ...person };
    expect((await signed("/admin/embedded", body)).status).toBe(200);
    expect((await signed("/admin/embedded", body, { "webhook-signature": "v1,AAAA" })).status).toBe(401);
    const other = JSON.stringify({ ...body, user: { id: 1, login: "admin" } });
    const timestamp = Math.floor(admin.clock.now.getTime() / 1000);
    const headers = {
      "content-type": "application/json",
      "webhook-id": "req_1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": sign(bridgeKey, "req_1", timestamp, JSON.stringify(body)),
    };
    const forged = await admin.request("/admin/embedded", { method: "POST", headers, body: other });
    expect(forged.status).toBe(401);
    const again = { method: "POST", headers, body: JSON.stringify(body) };
    expect((await admin.request("/admin/embedded", again)).status).toBe(200);
    expect((await admin.request("/admin/embedded", again)).status).toBe(401);
    expect(forged.headers.has("sidehook-page")).toBe(false);
  });

  test("comes from the bridge alone: no token and no session opens it", async () => {
    for (const headers of [{ authorization: `Bearer ${adminToken}` }, { cookie: admin.cookie }, {}]) {
      const body = JSON.stringify({ method: "GET", path: "/webhooks", form: "", ...person });
      const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
      expect((await admin.request("/admin/embedded", init)).status).toBe(401);
    }
  });

  test("cannot say who it is for in headers", async () => {
    const headers = { "sidehook-user": "7", embedding: JSON.stringify(person) };
    expect((await admin.request("/admin/webhooks", { headers })).status).toBe(303);
  });

  test("names everything that is wrong with it at once", async () => {
    const { status, html } = await open("https://evil.example/", {
      base: "//evil.example/?",
      user: { id: 0 },
    });
    expect(status).toBe(400);
    const { problems } = JSON.parse(html) as { problems: { path: string }[] };
    expect(problems.map(({ path }) => path)).toEqual(["path", "user.id", "user.login", "base"]);
  });

  test("finds nobody to sign in: whoever gets there is", async () => {
    expect((await open("/sign-in")).headers.get("location")).toBe(`${base}/overview`);
    const { status, headers } = await submit("/sign-in", { token: adminToken });
    expect(status).toBe(303);
    expect(headers.has("set-cookie")).toBe(false);
    expect((await open("/settings")).html).not.toContain("sign-out");
  });

  test("gets no more than a page: what is missing, too large or passed through twice", async () => {
    expect((await open("/nowhere")).status).toBe(404);
    expect((await open("/nowhere")).headers.get("sidehook-page")).toBe("1");
    expect((await submit("/bins", { name: "x".repeat(300_000) })).status).toBe(413);
    expect((await submit("/bins", { name: "x".repeat(600_000) })).status).toBe(413);
    expect((await submit("/embedded", {})).status).toBe(404);
  });
});

describe("every page inside WordPress", () => {
  test("leads to pages inside WordPress only, with forms that carry its proof", async () => {
    await seed();
    const visited = await crawl();
    expect(visited.size).toBeGreaterThan(30);
    const unseen = pagePatterns().filter((pattern) => ![...visited].some((path) => pattern.test(path)));
    expect(unseen, "pages that no link leads to, or of which the test makes no example").toEqual([]);
  });

  /** One of each thing that has a page. */
  async function seed() {
    const { store } = admin.services;
    const { now } = admin.clock;
    const { webhook } = await store.createWebhook(webhookInput({ events: ["*"] }), now);
    await store.createWebhook(webhookInput({ name: "Paused" }), now);
    const event = {
      id: newId("evt"),
      type: "payment_received",
      occurredAt: now.toISOString(),
      payload: "{}",
      context: {},
    };
    await store.ingestEvents([event], now);
    await submit("/bins", { name: "A bin" });
    await submit("/settings/access/tokens", { name: "A token", scopes: "admin" });
    await submit("/replays", { webhook: webhook.id, state: "pending" });
  }

  /** Follows every link from the first page on and fails where one leads out. */
  async function crawl(): Promise<Set<string>> {
    const visited = new Set<string>();
    const waiting = ["/"];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (visited.has(shapeOf(next)) || visited.size > 300) continue;
      visited.add(shapeOf(next));
      const { status, headers, html } = await open(next);
      expect({ next, isOk: status === 200 || status === 302 }).toEqual({ next, isOk: true });
      const location = headers.get("location");
      const links = location === null ? linksOf(html) : [{ name: "href", link: location }];
      checkForms(next, html);
      for (const { name, link } of links) {
        const path = pathBehind(next, link);
        if (name === "href" && path !== null) waiting.push(path);
      }
    }
    return visited;
  }

  /** Two pages that differ in their query only are one page. */
  function shapeOf(path: string): string {
    return path.split("?")[0] ?? path;
  }

  /** Where the page may lead; what is only there to be copied leads nowhere. */
  function linksOf(html: string): { name: string; link: string }[] {
    const attribute = /\s(href|src|action|formaction|data-(?!copy)[\w-]+)="([^"]*)"/g;
    return [...html.matchAll(attribute)]
      .map(([, name = "", value = ""]) => ({ name, link: value.replaceAll("&amp;", "&") }))
      .filter(({ name, link }) => !name.startsWith("data-") || /^(\/|https?:)/.test(link));
  }

  /** What the bridge would ask for; null for places on the same page. */
  function pathBehind(page: string, link: string): string | null {
    if (link.startsWith("#") || link === bridgePage) return null;
    expect({ page, link, isInside: link.startsWith(base) }).toEqual({ page, link, isInside: true });
    const [path = "", ...query] = link.slice(base.length).split("#")[0]?.split("&") ?? [];
    return `${decodeURIComponent(path)}${query.length > 0 ? "?" : ""}${query.join("&")}`;
  }

  function checkForms(page: string, html: string): void {
    for (const [form, attributes = ""] of html.matchAll(/<form([^>]*)>.*?<\/form>/gs)) {
      const needed = attributes.includes('method="post"')
        ? [`name="csrf" value="${person.nonce}"`]
        : ['name="page" value="sidehook"', 'name="path" value="/'];
      for (const field of needed)
        expect({ page, form: form.includes(field) ? field : form }).toEqual({ page, form: field });
      expect({ page, isUpload: form.includes("multipart") || form.includes('type="file"') }).toEqual({
        page,
        isUpload: false,
      });
    }
    expect(html).not.toMatch(/ style=| on[a-z]+=|<style|<script>/);
  }

  const elsewhere = new Set(["/admin/*", "/admin/sign-in", "/admin/assets/:name"]);

  function pagePatterns(): RegExp[] {
    const routes = admin.app.routes.filter(({ method, path }) => method === "GET" && !elsewhere.has(path));
    return [...new Set(routes.map(({ path }) => path))].map(patternOf);
  }

  function patternOf(route: string): RegExp {
    return new RegExp(`^${route.replace(/^\/admin/, "").replaceAll(/:\w+/g, "[^/]+")}/?$`);
  }
});

describe("a sign-in link for somebody in WordPress", () => {
  const ask = () => signed("/admin/embedded/sign-in-link", { user: person.user });

  test("signs that person in, once, within a minute", async () => {
    await admin.close();
    admin = await startAdmin({ SIDEHOOK_PUBLIC_URL: "https://hooks.example" });
    const { url } = JSON.parse((await ask()).html) as { url: string };
    expect(url).toMatch(/^https:\/\/hooks\.example\/admin\/sign-in\?link=/);
    const path = url.replace("https://hooks.example", "");
    const { location, headers } = await admin.request(path);
    expect(location).toBe("/admin/overview");
    const value = /sidehook_session=([^;]+)/.exec(headers.get("set-cookie") ?? "")?.[1] ?? "";
    const session = await admin.services.store.findSession(value, admin.clock.now);
    expect(session?.signedInBy).toBe("WordPress user meera (7)");
    expect((await admin.request(path)).status).toBe(401);
    const late = (JSON.parse((await ask()).html) as { url: string }).url.replace("https://hooks.example", "");
    admin.clock.now = new Date(admin.clock.now.getTime() + 60_001);
    expect((await admin.request(late)).status).toBe(401);
  });

  test("is not made where the sidecar has no address of its own", async () => {
    const { status, html } = await ask();
    expect(status).toBe(409);
    expect(html).toContain("SIDEHOOK_PUBLIC_URL");
  });
});
