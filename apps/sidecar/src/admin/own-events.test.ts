import { afterAll, beforeAll, expect, it } from "vitest";
import { eventTypes } from "@sidehook/events";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startTestSidecar, type TestSidecar } from "../testing.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  [sidecar, receiver] = await Promise.all([startTestSidecar(), startReceiver()]);
});
afterAll(() => Promise.all([sidecar.close(), receiver.close()]));

const own = eventTypes.filter(({ status }) => status === "own");

async function readPage(path: string): Promise<string> {
  const { value } = await sidecar.services.store.createSession("test", new Date());
  const response = await sidecar.app.request(path, { headers: { cookie: `sidehook_session=${value}` } });
  expect(response.status).toBe(200);
  return response.text();
}

it("offers what the service tells of itself like every other event, and says that it has to be named", async () => {
  const form = await readPage("/admin/webhooks/new");
  expect(own).toHaveLength(6);
  for (const { type, name } of own) {
    expect(form).toMatch(new RegExp(`<option value="${type.replace(".", "\\.")}"[^>]*>${name}<`));
    expect(await readPage(`/admin/event-types/${type}`)).toContain("only if it names it");
  }
});

it.each(own)("sends the sample of $type as a test", async ({ type, sample }) => {
  const { id } = await sidecar.createWebhook({ url: receiver.url, events: [type] });
  const { status, body } = await sidecar.call("POST", `/v1/webhooks/${id}/test`);
  expect({ status, body }).toMatchObject({ status: 200, body: { eventType: type, state: "delivered" } });
  expect(JSON.parse(receiver.requests.at(-1)?.body ?? "")).toEqual(sample);
});
