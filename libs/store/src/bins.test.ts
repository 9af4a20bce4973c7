import { describe, expect, test } from "vitest";
import { NotFoundError } from "./store.ts";
import { openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const request = { method: "POST", path: "/a?b=c", headers: { "x-a": "1" }, body: "hello", receivedAt: now };

describe.each(testBackends)("bins on $name", (backend) => {
  test("answer 200 at once until told otherwise", async () => {
    await using store = await openTestStore(backend);
    const bin = await store.createBin("My bin", now);
    expect(bin).toEqual({
      id: expect.stringMatching(/^bin_/),
      name: "My bin",
      answer: { status: 200, delayMs: 0, body: "" },
      createdAt: now,
    });
    const answer = { status: 503, delayMs: 50, body: "later\u0000" };
    expect(await store.updateBin(bin.id, answer)).toEqual({ ...bin, answer });
    expect(await store.getBin(bin.id)).toEqual({ ...bin, answer });
    expect(await store.findBin("bin_none")).toBeUndefined();
  });

  test("show the newest requests first, whatever they hold", async () => {
    await using store = await openTestStore(backend);
    const { id } = await store.createBin("", now);
    const odd = { ...request, path: "/\u0000", headers: { "x-\ud83d": "ü" }, body: "\u0000\udfff 🙂" };
    await store.addBinRequest(id, request);
    await store.addBinRequest(id, odd);
    const first = await store.listBinRequests(id, { limit: 1 });
    const second = await store.listBinRequests(id, { limit: 1, cursor: first.nextCursor ?? "" });
    const requestId = expect.stringMatching(/^req_/);
    expect([...first.data, ...second.data]).toEqual([
      { id: requestId, ...odd },
      { id: requestId, ...request },
    ]);
    expect(second.nextCursor).toBeNull();
  });

  test("keep their newest 500 requests", async () => {
    await using store = await openTestStore(backend);
    const { id } = await store.createBin("", now);
    const { id: otherId } = await store.createBin("", now);
    await store.addBinRequest(otherId, request);
    for (let n = 0; n < 503; n++) await store.addBinRequest(id, { ...request, body: String(n) });
    const { data } = await store.listBinRequests(id, { limit: 1_000 });
    expect([data.length, data[0]?.body, data.at(-1)?.body]).toEqual([500, "502", "3"]);
    expect((await store.listBinRequests(otherId, { limit: 10 })).data).toHaveLength(1);
  });

  test("are listed newest first, and go with their requests", async () => {
    await using store = await openTestStore(backend);
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await store.createBin(`${n}`, now)).id);
    await store.addBinRequest(ids[0] ?? "", request);
    await store.deleteBin(ids[0] ?? "");
    const first = await store.listBins({ limit: 1 });
    const second = await store.listBins({ limit: 1, cursor: first.nextCursor ?? "" });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.slice(1));
  });

  test("that do not exist take nothing", async () => {
    await using store = await openTestStore(backend);
    await expect(store.getBin("bin_none")).rejects.toThrow(NotFoundError);
    await expect(store.addBinRequest("bin_none", request)).rejects.toThrow(NotFoundError);
    await expect(store.listBinRequests("bin_none", { limit: 1 })).rejects.toThrow(NotFoundError);
    await expect(store.deleteBin("bin_none")).rejects.toThrow(NotFoundError);
    const answer = { status: 200, delayMs: 0, body: "" };
    await expect(store.updateBin("bin_none", answer)).rejects.toThrow(NotFoundError);
  });
});
