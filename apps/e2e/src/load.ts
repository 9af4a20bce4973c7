import { setTimeout as delay } from "node:timers/promises";
import type { Sidecar } from "./sidecar.ts";

/**
 * Posts one event after the other at a steady rate until stopped. A request that fails is forgotten:
 * only what was acknowledged counts.
 */
export function postSteadily(
  { url, adminToken }: Pick<Sidecar, "url" | "adminToken">,
  eventsPerSecond: number,
): { stop: () => Promise<string[]> } {
  const acknowledged: string[] = [];
  const running = new Set<Promise<void>>();
  const state = { isStopped: false };
  const loop = run();

  async function run(): Promise<void> {
    const startedAt = performance.now();
    for (let sent = 0; !state.isStopped; sent++) {
      const request = post(sent).finally(() => running.delete(request));
      running.add(request);
      const dueAt = startedAt + ((sent + 1) * 1000) / eventsPerSecond;
      await delay(Math.max(0, dueAt - performance.now()));
    }
  }

  async function post(number: number): Promise<void> {
    const body = JSON.stringify({ type: "payment_received", payload: { payment_id: number } });
    const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
    const response = await fetch(`${url}/v1/events`, { method: "POST", headers, body }).catch(() => null);
    if (response?.status !== 202) return;
    const { results } = (await response.json().catch(() => ({ results: [] }))) as {
      results: { id: string }[];
    };
    acknowledged.push(...results.map(({ id }) => id));
  }

  return {
    async stop() {
      state.isStopped = true;
      await loop;
      await Promise.all(running);
      return acknowledged;
    },
  };
}
