import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { startPostgres } from "../../../tools/postgres.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const events = 400;

describeE2e("two sidecars on one Postgres", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let receiver: Receiver;
  let sidecars: [Sidecar, Sidecar];

  beforeAll(async () => {
    postgres = await startPostgres();
    receiver = await startReceiver({ answer: { delayMs: 20 } });
    const env = {
      ...allow(receiver),
      SIDEHOOK_DATABASE_URL: postgres.url,
      SIDEHOOK_RETRY_SCHEDULE: "1s,2s,4s,8s,16s,30s",
    };
    sidecars = await Promise.all([startSidecar(env), startSidecar(env)]);
    await createWebhook(sidecars[0], { url: receiver.url, events: ["*"] });
  });
  afterAll(async () => {
    await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
    await receiver.close();
    await postgres.stop();
  });

  async function post(sidecar: Sidecar, count: number): Promise<string[]> {
    const body = {
      events: Array.from({ length: count }, (_, i) => ({
        type: "payment_received",
        payload: { payment_id: i },
      })),
    };
    const answer = await sidecar.call("POST", "/v1/events", body);
    expect(answer.status).toBe(202);
    return (answer.body as { results: { id: string }[] }).results.map(({ id }) => id);
  }

  it("started together on an empty database, share the work and make no delivery twice", async () => {
    const ids = (await Promise.all(sidecars.map((sidecar) => post(sidecar, events / 2)))).flat();
    await receiver.waitFor(events, 60_000);
    await waitUntil(() => attempts(0) + attempts(1) === events, { what: "both logs to be complete" });
    expect(receiver.requests.map(({ headers }) => headers["webhook-id"]).sort()).toEqual(ids.sort());
    expect(Math.min(attempts(0), attempts(1))).toBeGreaterThan(events / 10);
    console.log(`share of the two: ${attempts(0)} and ${attempts(1)} of ${events}`);
  });

  it("lose nothing when one of them is killed", async () => {
    const before = receiver.requests.length;
    const posts = Promise.all(sidecars.map((sidecar) => post(sidecar, events / 2)));
    const ids = (await posts).flat();
    await receiver.waitFor(before + 20);
    await sidecars[0].kill();
    const arrived = () =>
      new Set(receiver.requests.slice(before).map(({ headers }) => headers["webhook-id"]));
    await waitUntil(() => ids.every((id) => arrived().has(id)), {
      what: "all events to arrive through the one that is left",
      timeoutMs: 90_000,
      describe: () => ids.length - arrived().size,
    });
    const duplicates = receiver.requests.length - before - arrived().size;
    console.log(`one of two killed: ${ids.length} acknowledged, 0 lost, ${duplicates} duplicates`);
    expect(duplicates).toBeLessThanOrEqual(2 * 16); // for each slot of the webhook
  });

  function attempts(index: 0 | 1): number {
    return sidecars[index].readLog("delivery.attempted").length;
  }
});
