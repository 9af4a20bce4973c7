import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  sidecar = await startTestSidecar({ SIDEHOOK_ALLOW: new URL(receiver.url).host });
});
afterAll(async () => {
  await sidecar.close();
  await receiver.close();
});

const path = "/v1/mirror/ultimate-multisite";

function mirrored(number: number, more: object = {}) {
  const url = `${receiver.url}/${number}`;
  return { externalId: `1:${number}`, name: `Webhook ${number}`, url, events: ["payment_received"], ...more };
}

function digestOf({ url, events }: { url: string; events: string[] }): string {
  return createHash("sha256")
    .update(`${url}\n${events.join(",")}`)
    .digest("hex");
}

async function put(webhooks: readonly object[], more: object = {}) {
  const { status, body } = await sidecar.call("PUT", path, { webhooks, ...more });
  return { status, results: (body as { results: Record<string, unknown>[] }).results };
}

it("answers for each webhook, in order, what became of it, and takes those that are right", async () => {
  const wrong = mirrored(2, { url: "ftp://example.com", events: [], colour: "red" });
  const { status, results } = await put([mirrored(1), wrong, mirrored(3)]);
  expect(status).toBe(200);
  expect(results.map(({ externalId, status }) => [externalId, status])).toEqual([
    ["1:1", "created"],
    ["1:2", "rejected"],
    ["1:3", "created"],
  ]);
  const problems = results[1]?.["problems"] as { path: string }[];
  expect(problems.map(({ path }) => path).sort()).toEqual(["", "events", "url"]);
  const webhook = await sidecar.call("GET", `/v1/webhooks/${String(results[0]?.["id"])}`);
  expect(webhook.body).toMatchObject({ ...mirrored(1), source: "ultimate-multisite", active: true });
  const listed = (await sidecar.call("GET", path)).body as { data: { externalId: string }[] };
  expect(listed.data).toEqual([
    { id: results[0]?.["id"], externalId: "1:1", digest: digestOf(mirrored(1)) },
    { id: results[2]?.["id"], externalId: "1:3", digest: digestOf(mirrored(3)) },
  ]);
});

it("repeats itself without changing anything, and changes only what it is told", async () => {
  await put([mirrored(4)]);
  expect((await put([mirrored(4)])).results[0]?.["status"]).toBe("unchanged");
  const { results } = await put([mirrored(4, { active: false })]);
  expect(results[0]?.["status"]).toBe("updated");
  expect((await put([mirrored(4)])).results[0]?.["status"]).toBe("unchanged");
  const { body } = await sidecar.call("GET", `/v1/webhooks/${String(results[0]?.["id"])}`);
  expect(body).toMatchObject({ active: false });
});

it("never confirms a webhook whose address deliveries may not reach", async () => {
  const { results } = await put([
    mirrored(5, { url: "http://127.0.0.1:1/x" }),
    mirrored(6, { url: `${sidecar.services.publicUrl}/bin/bin_x` }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "created"]);
  expect(results[0]?.["problems"]).toEqual([{ path: "url", message: expect.stringContaining("loopback") }]);
});

it("does nothing in a dry run but tell", async () => {
  const { results } = await put([mirrored(7), mirrored(8, { name: "" })], { dryRun: true });
  expect(results.map(({ id, status }) => [id, status])).toEqual([
    [null, "created"],
    [null, "rejected"],
  ]);
  expect((await put([mirrored(7)])).results[0]?.["status"]).toBe("created");
});

it("refuses what names one webhook twice, too many, or none", async () => {
  const many = Array.from({ length: 201 }, (_, number) => mirrored(number));
  for (const webhooks of [[mirrored(9), mirrored(9)], many, []]) {
    expect((await put(webhooks)).status).toBe(400);
  }
});

it("sends an event to a mirrored webhook only if it was left to it", async () => {
  await put([mirrored(10, { events: ["site_published"] }), mirrored(11, { events: ["site_published"] })]);
  const event = { type: "site_published", payload: {}, context: { networkId: 1, takenOver: [11] } };
  await sidecar.call("POST", "/v1/events", event);
  await receiver.waitFor((requests) => requests.some(({ path }) => path === "/11"));
  await sidecar.call("POST", "/v1/events", { ...event, context: { networkId: 1, takenOver: [10] } });
  await receiver.waitFor((requests) => requests.some(({ path }) => path === "/10"));
  expect(receiver.requests.map(({ path }) => path)).toEqual(["/11", "/10"]);
});

it("counts what was delivered in hours that are over", async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const read = async () => (await sidecar.call("GET", `${path}/delivered?until=${until}`)).body;
  const counts = [10, 11].map((number) => ({ externalId: `1:${number}`, delivered: 1 }));
  await expect.poll(read).toEqual({ data: expect.arrayContaining(counts), nextCursor: null });
  expect(await read()).toEqual({ data: expect.arrayContaining(counts), nextCursor: null });
  expect((await sidecar.call("GET", `${path}/delivered`)).body).toEqual({ data: [], nextCursor: null });
});
