import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSignInLink } from "./sign-in-link.ts";
import { adminToken, encode, startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

const pathOf = (url: string) => url.replace("http://sidehook.test", "");
const signIn = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  admin.request("/admin/sign-in", { method: "POST", headers, body: encode(fields) });

describe("every route", () => {
  // Those below `embedded` want the bridge's signature instead: see embedded.test.tsx.
  const open = new Set([
    "/admin/sign-in",
    "/admin/assets/:name",
    "/admin/embedded",
    "/admin/embedded/sign-in-link",
  ]);

  test("sends whoever is not signed in to the sign-in page, and shows nothing", async () => {
    const { webhook } = await admin.services.store.createWebhook(
      webhookInput({ name: "Hidden CRM" }),
      new Date(),
    );
    const routes = admin.app.routes.filter(
      ({ method, path }) => !open.has(path) && !path.endsWith("*") && method,
    );
    const methods = (method: string) => (method === "ALL" ? ["GET", "POST", "DELETE"] : [method]);
    const calls = routes.flatMap(({ method, path }) =>
      methods(method).map((each) => ({ method: each, path })),
    );
    expect(calls.length).toBeGreaterThan(30);
    for (const { method, path } of [...calls, { method: "PUT", path: "/admin/unheard/of" }]) {
      const { status, location, html } = await admin.request(path.replace(/:\w+/, webhook.id), { method });
      expect({ path, method, status }).toEqual({ path, method, status: 303 });
      expect(location).toMatch(/^\/admin\/sign-in/);
      expect(html).not.toContain("Hidden CRM");
    }
  });

  test("refuses a change without the token of the session", async () => {
    const changes = admin.app.routes.filter(({ method, path }) => method === "POST" && !open.has(path));
    expect(changes.length).toBeGreaterThan(12);
    for (const { path } of changes) {
      const init = { method: "POST", headers: { cookie: admin.cookie }, body: encode({ csrf: "wrong" }) };
      const { status, html } = await admin.request(path, init);
      expect({ path, status }).toEqual({ path, status: 403 });
      expect(html).toContain("Nothing was changed");
    }
  });

  test("answers with a strict policy and is never stored", async () => {
    for (const path of ["/admin/webhooks", "/admin/sign-in", "/admin/nowhere"]) {
      const { headers, html } = await admin.get(path);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'",
      );
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(html).not.toMatch(/ style=| on[a-z]+=|<style|<script>/);
    }
  });
});

describe("a form", () => {
  test("of another site is refused even with the right token", async () => {
    const send = (headers: Record<string, string>) =>
      admin.request("/admin/bins", {
        method: "POST",
        headers: { cookie: admin.cookie, ...headers },
        body: encode({ csrf: admin.csrf, name: "A bin" }),
      });
    expect((await send({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await send({ origin: "https://evil.example" })).status).toBe(403);
    expect((await admin.services.store.listBins({ limit: 1 })).data).toEqual([]);
    expect((await send({ origin: "null", "sec-fetch-site": "same-origin" })).status).toBe(303);
    expect((await send({ origin: "http://localhost" })).status).toBe(303);
  });

  test("that is no form, or too large, changes nothing", async () => {
    const headers = { cookie: admin.cookie, "content-type": "application/json" };
    const json = { method: "POST", headers, body: JSON.stringify({ csrf: admin.csrf, name: "A bin" }) };
    expect((await admin.request("/admin/bins", json)).status).toBe(403);
    const name = "x".repeat(300_000);
    expect((await admin.post("/admin/bins", { name })).status).toBe(413);
    expect((await admin.services.store.listBins({ limit: 1 })).data).toEqual([]);
  });
});

describe("a sign-in link", () => {
  test("signs in once and leads to the page that was asked for", async () => {
    const path = pathOf(createSignInLink(admin.services));
    const first = await admin.request(`${path}&next=/admin/deliveries?state=failed`);
    expect(first).toMatchObject({ status: 303, location: "/admin/deliveries?state=failed" });
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^sidehook_session=[^;]+; .*Path=\/admin; .*HttpOnly; SameSite=Lax$/);
    expect((await admin.request("/admin/webhooks", { headers: { cookie } })).status).toBe(200);
    const second = await admin.request(path);
    expect(second.status).toBe(401);
    expect(second.html).toContain("was used before");
    expect(second.headers.has("set-cookie")).toBe(false);
  });

  test("is not used up by a program that only asks for its headers", async () => {
    const path = pathOf(createSignInLink(admin.services));
    expect((await admin.request(path, { method: "HEAD" })).status).toBe(401);
    expect((await admin.request(path)).status).toBe(303);
  });

  test("works for an hour", async () => {
    const path = pathOf(createSignInLink(admin.services));
    admin.clock.now = new Date(admin.clock.now.getTime() + 3_600_001);
    expect((await admin.request(path)).status).toBe(401);
  });

  test("is worth nothing when it is changed", async () => {
    const path = pathOf(createSignInLink(admin.services));
    for (const forged of [
      path.replace("link=1", "link=2"),
      `${path}x`,
      `${path}.x`,
      "/admin/sign-in?link=",
      "/admin/sign-in?link=..",
    ]) {
      expect({ forged, status: (await admin.request(forged)).status }).toEqual({ forged, status: 401 });
    }
    expect((await admin.request(path)).status).toBe(303);
  });
});

describe("the sign-in form", () => {
  test("lets in who has the admin token, or a token with the scope admin", async () => {
    expect(await signIn({ token: adminToken })).toMatchObject({ status: 303, location: "/admin/overview" });
    const { store } = admin.services;
    const make = (scopes: string[]) =>
      store.createToken({ name: "t", scopes, expiresAt: null }, admin.clock.now);
    expect((await signIn({ token: (await make(["admin"])).value })).status).toBe(303);
    expect((await signIn({ token: (await make(["webhooks:write"])).value })).status).toBe(401);
  });

  test("says what is wrong and never repeats the token", async () => {
    const wrong = await signIn({ token: "not-the-token" });
    expect(wrong.status).toBe(401);
    expect(wrong.html).toContain("This token is not right");
    expect(wrong.html).not.toContain("not-the-token");
    expect((await signIn({ token: " " })).html).toContain("Enter the admin token");
  });

  test("stops guessing after ten wrong tries, also with the right token, until ten minutes have passed", async () => {
    for (let tries = 0; tries < 10; tries++) expect((await signIn({ token: "guess" })).status).toBe(401);
    expect((await signIn({ token: adminToken })).status).toBe(429);
    admin.clock.now = new Date(admin.clock.now.getTime() + 600_001);
    expect((await signIn({ token: adminToken })).status).toBe(303);
  });

  test("leads to pages of ours only", async () => {
    const leads = async (next: string) => (await signIn({ token: adminToken, next })).location;
    expect(await leads("/admin/bins?cursor=a%20b")).toBe("/admin/bins?cursor=a%20b");
    const elsewhere = [
      "https://evil.example/admin/",
      "//evil.example/admin/",
      "/\\evil.example",
      "/admin/../v1/tokens",
      "/admin/..//evil.example",
      "/v1/tokens",
      "javascript:alert(1)",
      "/admin/\\evil",
    ];
    for (const next of elsewhere)
      expect({ next, to: await leads(next) }).toEqual({ next, to: "/admin/overview" });
  });

  test("is refused when another site sends it", async () => {
    expect((await signIn({ token: adminToken }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });
});

describe("a session", () => {
  test("ends with the sign-out", async () => {
    const { status, location, headers } = await admin.post("/admin/settings/sign-out");
    expect({ status, location }).toEqual({ status: 303, location: "/admin/sign-in" });
    expect(headers.get("set-cookie")).toMatch(/^sidehook_session=; Max-Age=0; Path=\/admin/);
    expect((await admin.get("/admin/webhooks")).status).toBe(303);
  });

  test("begins anew at each sign-in: the one before ends", async () => {
    const headers = { cookie: admin.cookie };
    expect((await signIn({ token: adminToken }, headers)).status).toBe(303);
    expect((await admin.get("/admin/webhooks")).status).toBe(303);
  });

  test("is kept to https, and to the path the pages have, where the public URL says so", async () => {
    const other = await startAdmin({ SIDEHOOK_PUBLIC_URL: "https://network.example/hooks" });
    const body = encode({ token: adminToken });
    const { headers, location } = await other.request("/admin/sign-in", { method: "POST", body });
    expect(location).toBe("/hooks/admin/overview");
    expect(headers.get("set-cookie")).toMatch(/Path=\/hooks\/admin; .*Secure/);
    expect((await other.get("/admin/webhooks")).html).toContain('href="/hooks/admin/webhooks/new"');
    await other.close();
  });
});
