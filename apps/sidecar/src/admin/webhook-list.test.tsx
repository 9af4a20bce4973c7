import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startAdmin, webhookInput } from "./testing.ts";

let admin: Awaited<ReturnType<typeof startAdmin>>;
beforeEach(async () => void (admin = await startAdmin()));
afterEach(() => admin.close());

const create = async (changes: Parameters<typeof webhookInput>[0] = {}) =>
  (await admin.services.store.createWebhook(webhookInput(changes), admin.clock.now)).webhook;
const list = async () => (await admin.services.store.listWebhooks({ limit: 50 })).data;

describe("the list, searched", () => {
  test("holds what matches, in the order that is asked for, and says when nothing does", async () => {
    await create({ name: "Beta" });
    await create({ name: "Alpha", isActive: false });
    const names = async (query: string) =>
      [...(await admin.get(`/admin/webhooks?${query}`)).html.matchAll(/<bdi>(Alpha|Beta)<\/bdi>/g)].map(
        ([, name]) => name,
      );
    expect(await names("")).toEqual(["Alpha", "Beta"]);
    expect(await names("q=bet")).toEqual(["Beta"]);
    expect(await names("state=disabled")).toEqual(["Alpha"]);
    expect(await names("state=nonsense&order=nonsense")).toEqual(["Alpha", "Beta"]);
    expect((await admin.get("/admin/webhooks?q=gamma")).html).toContain("No webhook matches");
  });

  test("goes on from page to page", async () => {
    for (let index = 1; index <= 51; index++) await create({ name: `Webhook ${index}` });
    const first = await admin.get("/admin/webhooks");
    expect(first.html).toContain("Webhook 51");
    expect(first.html).not.toContain(">Webhook 1<");
    expect(first.html).toContain("1 to 50 of 51");
    const next = /href="([^"]+)">Next page/.exec(first.html)?.[1] ?? "";
    const second = await admin.get(next.replaceAll("&amp;", "&"));
    expect(second.html).toContain(">Webhook 1<");
    expect(second.html).toMatch(/href="\/admin\/webhooks\?order=newest">Previous page/);
    expect((await admin.get("/admin/webhooks?page=nonsense")).html).toContain("1 to 50 of 51");
  });
});

describe("several at once", () => {
  const bulk = (action: string, ids: readonly string[]) =>
    admin.post("/admin/webhooks/bulk", { action, id: ids });

  test("are paused with one button, which another one takes back", async () => {
    const ids = [(await create()).id, (await create()).id];
    const untouched = await create();
    const { location } = await bulk("pause", ids);
    const paused = async () => (await list()).filter(({ isPaused }) => isPaused).map(({ id }) => id);
    expect((await paused()).sort()).toEqual([...ids].sort());
    const { html } = await admin.get(location ?? "");
    expect(html).toMatch(/The webhooks are paused[^]*value="resume"[^]*Undo/);
    await bulk("resume", ids);
    expect(await paused()).toEqual([]);
    expect((await admin.services.store.getWebhook(untouched.id)).isPaused).toBe(false);
  });

  test("are deleted only after their number is typed", async () => {
    const ids = [(await create({ name: "One" })).id, (await create({ name: "Two" })).id];
    await create({ name: "Three" });
    const { status, html } = await bulk("delete", [...ids, "wh_none"]);
    expect(status).toBe(200);
    expect(html).toContain("Delete 2 webhooks?");
    expect((await admin.post("/admin/webhooks/bulk/delete", { id: ids, confirmed: "1" })).status).toBe(422);
    expect(await list()).toHaveLength(3);
    await admin.post("/admin/webhooks/bulk/delete", { id: ids, confirmed: "2" });
    expect((await list()).map(({ name }) => name)).toEqual(["Three"]);
  });

  test("change nothing while none is chosen, or nothing to do", async () => {
    const { id } = await create();
    for (const [action, ids] of [
      ["pause", []],
      ["", [id]],
      ["constructor", [id]],
    ] as const) {
      expect((await bulk(action, ids)).location).toBe("/admin/webhooks?notice=noneChosen");
    }
    expect((await list())[0]).toMatchObject({ isPaused: false, isActive: true });
  });
});
