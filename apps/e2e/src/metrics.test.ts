import { expect, it } from "vitest";
import { startReceiver } from "@sidehook/delivery/testing";
import { startSidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { allow, createWebhook } from "./webhook.ts";

describeE2e("the metrics of a running sidecar", () => {
  it("hold what its threads have counted, each of its own", async () => {
    const receiver = await startReceiver();
    const sidecar = await startSidecar(allow(receiver));
    const read = async () => {
      const headers = { authorization: `Bearer ${sidecar.adminToken}` };
      return (await fetch(`${sidecar.url}/metrics`, { headers })).text();
    };
    try {
      await createWebhook(sidecar, { url: receiver.url, events: ["measured"] });
      await sidecar.call("POST", "/v1/events", { type: "measured", payload: {} });
      await waitUntil(async () => (await read()).includes('sidehook_attempts_total{class="ok"} 1\n'), {
        what: "the attempt of the worker",
      });
      const isMeasured = async () => {
        const text = await read();
        return ["api", "worker"].every((thread) =>
          new RegExp(`sidehook_event_loop_lag_seconds_count\\{thread="${thread}"\\} [1-9]`).test(text),
        );
      };
      await waitUntil(isMeasured, { what: "the lag of both threads" });
      expect(await read()).toContain('sidehook_events_total{result="accepted"} 1\n');
    } finally {
      await sidecar.stop();
      await receiver.close();
    }
  });
});
