import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type ReceivedRequest, type Receiver } from "@sidehook/delivery/testing";
import { createMovableClock, type MovableClock } from "./chaos/clock.ts";
import { readDescribed } from "./described.ts";
import { proof } from "./proof.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { createWebhook } from "./webhook.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

describeE2e("what the sidecar tells of itself", () => {
  let clock: MovableClock;
  let sidecar: Sidecar;
  let watcher: Receiver;
  let broken: Receiver;
  const validated = new Set<string>();

  beforeAll(async () => {
    clock = createMovableClock();
    [watcher, broken] = await Promise.all([startReceiver(), startReceiver()]);
    const SIDEHOOK_ALLOW = [watcher, broken].map(({ url }) => new URL(url).host).join(",");
    sidecar = await startSidecar({ ...clock.env, SIDEHOOK_ALLOW });
    await createWebhook(sidecar, { url: watcher.url, events: ["sidehook.*"] });
  });
  afterAll(async () => {
    await sidecar.stop();
    await Promise.all([watcher.close(), broken.close()]);
    clock.remove();
  });

  async function ingest(type: string, count = 1): Promise<void> {
    const events = Array.from({ length: count }, () => ({ type, payload: {} }));
    expect((await sidecar.call("POST", "/v1/events", { events })).status).toBe(202);
  }

  /** The payload of the next event of a type. */
  async function nextOf(type: string): Promise<Record<string, unknown>> {
    const isIt = ({ headers }: ReceivedRequest) => headers["sidehook-event"] === type;
    await watcher.waitFor(() => watcher.requests.some(isIt), 20_000);
    const payload = readDescribed(type, watcher.requests.find(isIt)?.body ?? "");
    validated.add(type);
    return payload;
  }

  it("is that a delivery has failed for good", async () => {
    const url = "http://127.0.0.1:1/";
    const { id } = await createWebhook(sidecar, { url, events: ["may_not_go"], name: "Refused" });
    await ingest("may_not_go");
    expect(await nextOf("sidehook.delivery_failed")).toMatchObject({
      webhook_id: id,
      webhook_name: "Refused",
      reason: "address_refused",
      event_type: "may_not_go",
      attempts: 1,
      status: null,
    });
  });

  it("is that a receiver wants nothing more", async () => {
    broken.answerWith({ status: 410 });
    const { id } = await createWebhook(sidecar, { url: broken.url, events: ["wants_no_more"] });
    await ingest("wants_no_more");
    expect(await nextOf("sidehook.webhook_gone")).toMatchObject({ webhook_id: id, reason: "gone" });
  });

  it("is that a webhook is held after a day of failures, and that it has recovered", async () => {
    broken.answerWith({ status: 500 });
    const { id } = await createWebhook(sidecar, { url: broken.url, events: ["fails_for_long"] });
    const before = broken.requests.length;
    await ingest("fails_for_long", 12);
    await broken.waitFor(before + 12);
    clock.set(dayMs + hourMs);
    expect(await nextOf("sidehook.webhook_held")).toMatchObject({ webhook_id: id, reason: "server_error" });
    broken.answerWith({});
    clock.set(dayMs + 2 * hourMs);
    // The worker sleeps until the probe is due by the clock as it was; something new wakes it.
    await ingest("fails_for_long");
    expect(await nextOf("sidehook.webhook_recovered")).toMatchObject({ webhook_id: id, reason: null });
  });

  it("is proven here, all of it", () => {
    const promised = Object.entries(proof).filter(([, how]) => how === "sidecar");
    expect(promised.map(([type]) => type).toSorted()).toEqual([...validated].toSorted());
  });
});
