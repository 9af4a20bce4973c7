import type { Scenario } from "../bench.ts";
import { sendAsFastAsPossible } from "../load.ts";
import { readCpuUs } from "../processes.ts";

/** What the receiver can take, to see that it was never what limited an engine. */
export const receiverLimit: Scenario = {
  name: "receiver",
  async run({ receiver, results, sizes }) {
    await receiver.reset();
    const before = readCpuUs([receiver.pid]);
    const door = { ports: [receiver.port], headers: {} };
    const { events, seconds } = await sendAsFastAsPossible(door, {
      type: "bench_receiver",
      maxEvents: 10 * sizes.backlog,
      maxSeconds: 2,
    });
    results.add({ name: "requests that the receiver takes", unit: "/s" }, "receiver", events / seconds);
    const cpuUs = (readCpuUs([receiver.pid]) - before) / events;
    results.add({ name: "CPU of the receiver per request", unit: "µs" }, "receiver", cpuUs);
  },
};
