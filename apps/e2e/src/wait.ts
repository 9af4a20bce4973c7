import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until a condition holds.
 *
 * @throws Error that says what was waited for, and the last state if `describe` tells it
 */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  { what, timeoutMs = 60_000, describe }: { what: string; timeoutMs?: number; describe?: () => unknown },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) {
      const state = describe ? `; last seen: ${JSON.stringify(describe())}` : "";
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${state}`);
    }
    await delay(20);
  }
}
