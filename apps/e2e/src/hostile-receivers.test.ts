import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { isAnyUnfinished, listDeliveries } from "./chaos/books.ts";
import { misbehaviours, startHostileReceiver, type HostileReceiver } from "./hostile-receiver.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";
import { waitUntil } from "./wait.ts";
import { createWebhook } from "./webhook.ts";

const events = 5;
const retries = 1;
const maxRssMb = 350;
/** What socket buffers swallow before a connection is cut. */
const maxWrittenBytes = 32 * 1024 * 1024;

interface DeliveryDetail {
  state: string;
  failure: { class: string } | null;
  attempts: { durationMs: number }[];
}

describeE2e("a running sidecar among receivers that misbehave", () => {
  const hostile = new Map<string, HostileReceiver>();
  const webhookIds = new Map<string, string>();
  let healthy: Receiver;
  let sidecar: Sidecar;
  let rssMb: { before: number; most: number };

  beforeAll(async () => {
    healthy = await startReceiver();
    sidecar = await startSidecar({
      SIDEHOOK_ALLOW: "127.0.0.1",
      SIDEHOOK_TIMEOUT: "2s",
      SIDEHOOK_RETRY_SCHEDULE: Array.from({ length: retries }, () => "1s").join(","),
      SIDEHOOK_LOG: "warn",
    });
    await createWebhook(sidecar, { url: healthy.url, events: ["*"] });
    for (const [name, { misbehave }] of Object.entries(misbehaviours)) {
      const receiver = await startHostileReceiver(misbehave);
      hostile.set(name, receiver);
      webhookIds.set(name, (await createWebhook(sidecar, { url: receiver.url, events: ["*"] })).id);
    }
    const before = readRssMb(sidecar, "VmRSS");
    const event = { type: "payment_received", payload: { payment_id: 5 } };
    await sidecar.call("POST", "/v1/events", { events: Array.from({ length: events }, () => event) });
    await waitUntil(async () => !(await isAnyUnfinished(sidecar)), {
      what: "every delivery to end",
      timeoutMs: 120_000,
    });
    rssMb = { before, most: readRssMb(sidecar, "VmHWM") };
  });
  afterAll(async () => {
    await sidecar.stop();
    await Promise.all([healthy.close(), ...Array.from(hostile.values(), (receiver) => receiver.close())]);
  });

  it.each(Object.entries(misbehaviours).map(([name, { outcome }]) => [name, outcome]))(
    "one that %s: %s",
    async (name, outcome) => {
      const ofThis = (await listDeliveries(sidecar)).filter(
        (each) => each.webhookId === webhookIds.get(name),
      );
      expect(ofThis).toHaveLength(events);
      for (const { id } of ofThis) {
        const { state, failure, attempts } = (await sidecar.call("GET", `/v1/deliveries/${id}`))
          .body as DeliveryDetail;
        expect(failure?.class ?? state).toBe(outcome);
        expect(attempts).toHaveLength(state === "delivered" ? 1 : 1 + retries);
        for (const { durationMs } of attempts) expect(durationMs).toBeLessThan(10_000);
      }
    },
  );

  it("the one that answers too late gets the event again, under the same id, with the number of the attempt", () => {
    const requests = hostile.get("answers 200 after our timeout")?.requests ?? [];
    const seen = requests.map((text) => [headerOf(text, "webhook-id"), headerOf(text, "sidehook-attempt")]);
    const ids = new Set(seen.map(([id]) => id));
    expect(ids.size).toBe(events);
    for (const id of ids) {
      expect(seen.filter(([each]) => each === id).map(([, attempt]) => attempt)).toEqual(["1", "2"]);
    }
  });

  it("the healthy one among them gets everything at the first attempt", () => {
    expect(healthy.requests.map(({ headers }) => headers["sidehook-attempt"])).toEqual(
      Array.from({ length: events }, () => "1"),
    );
  });

  it("its memory stays bounded, and it takes no more of an answer than fits into the buffers", () => {
    const ofAnswers = [...hostile].filter(([name]) => misbehaviours[name]?.outcome !== "timeout");
    const written = Math.max(...ofAnswers.map(([, receiver]) => receiver.mostWritten()));
    console.log(
      `memory: ${rssMb.before} MB before, ${rssMb.most} MB at most; at most ${(written / 2 ** 20).toFixed(1)} MB of an answer were written`,
    );
    expect(rssMb.most).toBeLessThan(maxRssMb);
    expect(written).toBeLessThan(maxWrittenBytes);
  });

  it("no connection to any of them is left open", async () => {
    const open = () => Array.from(hostile.values()).reduce((sum, receiver) => sum + receiver.openCount(), 0);
    await expect.poll(open, { timeout: 10_000 }).toBe(0);
  });
});

function headerOf(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, "m").exec(text)?.[1];
}

/** `VmRSS`: now; `VmHWM`: the most so far. */
function readRssMb(sidecar: Sidecar, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${sidecar.readPid()}/status`, "utf8");
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024);
}
