import { waitUntil } from "../wait.ts";
import { startSidecar, type Sidecar } from "../sidecar.ts";
import { allow, createWebhook } from "../webhook.ts";
import { closeBooks, haveAllEnded, type Books } from "./books.ts";
import { startSending, type EventSender } from "./sender.ts";
import { startWitness, type Witness } from "./witness.ts";

/** Attempts that one webhook may have in flight in one process. */
const webhookSlots = 8;
const webhookCount = 2;
/** Claims of the dead run out after 35 s and are looked for every 5 s; the rest is for slow machines. */
const settleTimeoutMs = 180_000;
const retrySchedule = ["1s,1s,2s,2s,4s,4s", ...Array.from({ length: 8 }, () => "8s")].join(",");

/** Sidecars under load between a sender of events and a receiver that counts. */
export interface Stage {
  sidecars: readonly Sidecar[];
  first: Sidecar;
  witness: Witness;
  sender: EventSender;
  webhookIds: readonly string[];
  random: () => number;
  /** Attempts that all sidecars together may have made and not recorded: two for each slot. */
  mostInFlight: number;
  /** Remembers that sidecars were killed just now. */
  noteKill: () => void;
  /** Ends the load, waits until nothing is left to do, and compares. All sidecars must run. */
  settle: () => Promise<Books>;
  /** Ends everything. */
  close: () => Promise<void>;
}

export interface StageOptions {
  count: number;
  random: () => number;
  prefix: string;
  env?: Readonly<Record<string, string>>;
  /** Runs the command behind it, see `startSidecar`. */
  wrapper?: readonly string[];
  eventsPerSecond: number;
}

/** Starts the sidecars at the same moment on what is an empty database, and the load. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { count, random, prefix, env = {}, wrapper = [], eventsPerSecond } = options;
  const witness = await startWitness(random);
  const settings = {
    ...allow(witness),
    SIDEHOOK_LOG: "warn",
    SIDEHOOK_RETRY_SCHEDULE: retrySchedule,
    SIDEHOOK_WEBHOOK_CONCURRENCY: String(webhookSlots),
    ...env,
  };
  const start = () => startSidecar(settings, wrapper);
  const others = Array.from({ length: count - 1 }, start);
  const [first, ...rest] = await Promise.all([start(), ...others]);
  const sidecars = [first, ...rest];
  const webhookIds: string[] = [];
  for (let i = 0; i < webhookCount; i++) {
    webhookIds.push((await createWebhook(first, { url: `${witness.url}/${i}`, events: ["*"] })).id);
  }
  const sender = startSending({ sidecars, prefix, eventsPerSecond });
  const killedAt: number[] = [];

  async function settle(): Promise<Books> {
    await sender.stop();
    await waitUntil(() => haveAllEnded(first), {
      what: "every delivery to end",
      timeoutMs: settleTimeoutMs,
      describe: () => ({ acknowledged: sender.acknowledged.length, delivered: witness.countDelivered() }),
    });
    return closeBooks({ sidecar: first, witness, acknowledged: sender.acknowledged, webhookIds, killedAt });
  }

  return {
    sidecars,
    first,
    witness,
    sender,
    webhookIds,
    random,
    mostInFlight: 2 * count * webhookCount * webhookSlots,
    noteKill: () => void killedAt.push(performance.now()),
    settle,
    async close() {
      await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
      await witness.close();
    },
  };
}

/** What must hold after every run, as a list of what does not. */
export function findFaults(books: Books, mostInFlight: number): string[] {
  const { delivered, failed, cancelled, pending, sending } = books.states;
  const owed = books.acknowledged * books.webhooks;
  const found = delivered + failed + cancelled + pending + sending;
  return [
    ...(found === owed ? [] : [`${owed} were owed, and the API knows ${found}`]),
    ...(delivered === owed ? [] : [`${owed - delivered} were not delivered`]),
    ...(books.lost === 0 ? [] : [`${books.lost} were lost`]),
    ...(books.doubled === 0 ? [] : [`${books.doubled} were made twice`]),
    ...(books.unexplained === 0 ? [] : [`${books.unexplained} duplicates have no kill before them`]),
    ...(books.mostOfOneKill <= mostInFlight
      ? []
      : [`${books.mostOfOneKill} duplicates of one kill, with ${mostInFlight} in flight at most`]),
  ];
}
