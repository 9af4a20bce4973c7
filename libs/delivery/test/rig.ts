import { afterEach } from "vitest";
import { createAddressGuard, parseAllowList } from "../src/address.ts";
import { decide } from "../src/decide.ts";
import type { DeliveryRequest, SendResult } from "../src/delivery.ts";
import { createSender, type Sender, type SenderOptions } from "../src/send.ts";
import { startReceiver, type Receiver, type ReceiverOptions } from "../src/testing.ts";
import { startRawReceiver, type RawAnswering, type RawReceiver } from "./raw-receiver.ts";

/** A sender that may reach 127.0.0.1, and receivers; all of them are closed after the test. */
export interface Rig {
  newSender: (options?: Partial<SenderOptions>) => Sender;
  receiver: (options?: ReceiverOptions) => Promise<Receiver>;
  rawReceiver: (answer: RawAnswering) => Promise<RawReceiver>;
}

export function newRig(): Rig {
  const open: { close: () => Promise<void> }[] = [];
  const keep = <T extends { close: () => Promise<void> }>(resource: T): T => {
    open.push(resource);
    return resource;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
  return {
    newSender: (options) => keep(createSender({ ...defaults, ...options })),
    receiver: async (options) => keep(await startReceiver(options)),
    rawReceiver: async (answer) => keep(await startRawReceiver(answer)),
  };
}

const defaults: SenderOptions = {
  guard: createAddressGuard({ allow: parseAllowList("127.0.0.1") }),
  timeoutMs: 20_000,
  connectTimeoutMs: 10_000,
};

export function requestTo(url: string): DeliveryRequest {
  return { method: "POST", url, headers: { "content-type": "application/json", "x-a": "b" }, body: "{}" };
}

/** For attempts that are to run out of time. */
export const shortTimeoutMs = 250;
/** A busy machine wakes late, but not this late. */
export const slackMs = 10_000;

/** One attempt at a receiver that misbehaves, whose connection must then be gone. */
export async function attemptAt(
  rig: Rig,
  answer: RawAnswering,
  timeoutMs: number = defaults.timeoutMs,
): Promise<SendResult & { written: () => number }> {
  const receiver = await rig.rawReceiver(answer);
  const result = await rig.newSender().send(requestTo(receiver.url), { timeoutMs });
  await receiver.allClosed();
  return { ...result, written: receiver.bytesWritten };
}

/** The state of a delivery after a first attempt. */
export function stateAfter(result: SendResult): string {
  const policy = { scheduleMs: [1000] };
  return decide({ attemptNumber: 1, result, policy, now: new Date(), random: Math.random }).state;
}
