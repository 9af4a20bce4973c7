import { afterEach, beforeEach, expect, test } from "vitest";
import { startAdmin } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin({ SIDEHOOK_ALLOW: "10.0.0.0/8:443" })));
afterEach(() => admin.close());

const access = "/admin/settings/access";
const token = { formId: "form_1", name: "CI", scopes: ["events:write", "webhooks:read"], days: "90" };

test("a token is shown once, is made once, and can do what was chosen", async () => {
  const { store } = admin.services;
  const { html } = await admin.post(`${access}/tokens`, token);
  const value = /shk_[\w-]+/.exec(html)?.[0] ?? "";
  const found = await store.findToken(value, admin.clock.now);
  expect(found).toMatchObject({ name: "CI", scopes: ["events:write", "webhooks:read"] });
  expect(found?.expiresAt).toEqual(new Date(admin.clock.now.getTime() + 90 * 86_400_000));
  expect((await admin.post(`${access}/tokens`, token)).location).toContain("notice=sentBefore");
  expect(await store.listTokens()).toHaveLength(1);
  expect((await admin.get(access)).html).not.toContain(value);
});

test("a token without a name or anything it may do is not made", async () => {
  const { status, html } = await admin.post(`${access}/tokens`, { name: " ", scopes: "everything" });
  expect(status).toBe(422);
  expect(html).toContain("Enter a name.");
  expect(html).toContain("Choose at least one thing");
  expect(await admin.services.store.listTokens()).toEqual([]);
});

test("a token is deleted after a page has said what that means", async () => {
  await admin.post(`${access}/tokens`, token);
  const [made] = await admin.services.store.listTokens();
  const path = `${access}/tokens/${made?.id}/delete`;
  expect((await admin.get(path)).html).toContain("Programs that use this token are refused");
  await admin.post(path);
  expect(await admin.services.store.listTokens()).toEqual([]);
  expect((await admin.get(path)).status).toBe(404);
});

test("somebody else who is signed in can be signed out", async () => {
  const { store } = admin.services;
  const { session, value } = await store.createSession("WordPress user meera (7)", admin.clock.now);
  const { html } = await admin.get(access);
  expect(html).toContain("WordPress: meera (7)");
  expect(html).toContain(">you<");
  expect(html).not.toContain(session.csrfToken);
  await admin.post(`${access}/sessions/${session.id}/end`);
  expect(await store.findSession(value, admin.clock.now)).toBeUndefined();
});

test("everything is kept from the moment it is switched on", async () => {
  const { store } = admin.services;
  await admin.post("/admin/settings/archive", { archive: "on" });
  expect(await store.isArchiveOn()).toBe(true);
  expect((await admin.get("/admin/settings")).html).toContain("Every event is kept.");
  await admin.post("/admin/settings/archive", { archive: "off" });
  expect(await store.isArchiveOn()).toBe(false);
});

test("what the environment says is shown", async () => {
  const { html } = await admin.get("/admin/settings");
  expect(html).toContain("10.0.0.0/8");
  expect(html).toContain("are kept for 30 days");
});
