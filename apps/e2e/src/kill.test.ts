import { afterAll, beforeAll, expect, it } from "vitest";
import { setTimeout as delay } from "node:timers/promises";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { postSteadily } from "./load.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

const kills = 5;
const eventsPerSecond = 100;

describeE2e(
  "a sidecar killed with kill -9, five times under a steady 100 events/s, its receiver down at first",
  () => {
    let receiver: Receiver;
    let sidecar: Sidecar;

    beforeAll(async () => {
      receiver = await startReceiver();
      sidecar = await startSidecar({
        ...allow(receiver),
        SIDEHOOK_RETRY_SCHEDULE: "1s,2s,2s,4s,4s,8s,8s,16s,16s,30s,30s",
      });
      await createWebhook(sidecar, { url: receiver.url, events: ["*"] });
    });
    afterAll(async () => {
      await sidecar.stop();
      await receiver.close();
    });

    it("delivers every event that was acknowledged", async () => {
      const { port } = receiver;
      await receiver.close();
      const load = postSteadily(sidecar, eventsPerSecond);
      for (let i = 0; i < kills; i++) {
        await delay(500 + Math.random() * 1500); // a moment nobody chose
        await sidecar.kill();
        if (i === 2) receiver = await startReceiver({ port });
        await sidecar.restart();
      }
      await delay(1000);
      const acknowledged = await load.stop();

      const missing = () => {
        const arrived = new Set(receiver.requests.map(({ headers }) => headers["webhook-id"]));
        return acknowledged.filter((id) => !arrived.has(id));
      };
      await waitUntil(() => missing().length === 0, {
        what: "every acknowledged event to arrive",
        timeoutMs: 120_000,
        describe: () => missing().length,
      });
      const ids = receiver.requests.map(({ headers }) => headers["webhook-id"]);
      const duplicates = ids.length - new Set(ids).size;
      console.log(`${kills} kills, ${acknowledged.length} acknowledged, 0 lost, ${duplicates} duplicates`);
      expect(acknowledged.length).toBeGreaterThan(200);
      // Only what was sent and not recorded at a kill may come twice, at most two for each of the webhook's 16 slots.
      expect(duplicates).toBeLessThanOrEqual(kills * 2 * 16);
    });
  },
);
