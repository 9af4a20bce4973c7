import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  sidecar = await startTestSidecar();
});
afterAll(async () => {
  await sidecar.close();
  await receiver.close();
});

it("tells the last 24 hours by the hour, in all and for one webhook", async () => {
  const { id } = await sidecar.createWebhook({ url: receiver.url });
  const { id: quiet } = await sidecar.createWebhook({ url: receiver.url, events: ["never"] });
  await sidecar.call("POST", "/v1/events", { type: "payment_received", payload: {} });
  type Bucket = { at: string; delivered: number; attemptMs: { samples: number } | null };
  const stats = async (query: string) =>
    ((await sidecar.call("GET", `/v1/stats${query}`)).body as { data: Bucket[] }).data;
  const delivered = async (query: string) =>
    (await stats(query)).reduce((sum, { delivered }) => sum + delivered, 0);
  await expect.poll(() => delivered("")).toBe(1);
  expect((await stats("")).length).toBeGreaterThanOrEqual(24);
  expect((await stats("?bucket=1d")).at(-1)?.attemptMs?.samples).toBe(1);
  expect(await delivered(`?webhookId=${id}&bucket=2h`)).toBe(1);
  expect(await delivered(`?webhookId=${quiet}`)).toBe(0);
  expect((await sidecar.call("GET", "/v1/stats?webhookId=wh_none")).status).toBe(404);
});

it.each(["bucket=5m", "bucket=90m", "bucket=soon", "since=yesterday", "since=2020-01-01T00:00:00Z"])(
  "refuses %s",
  async (query) => {
    const { status, body } = await sidecar.call("GET", `/v1/stats?${query}`);
    expect(status).toBe(400);
    expect((body as { problems: { path: string }[] }).problems[0]?.path).toBe(query.split("=")[0]);
  },
);
