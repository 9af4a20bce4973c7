import { setTimeout as delay } from "node:timers/promises";
import type { Sidecar } from "../sidecar.ts";
import type { Books } from "./books.ts";
import { pick, takeTurn } from "./random.ts";
import type { EventSender } from "./sender.ts";
import { findFaults, type Stage } from "./stage.ts";

/** Steps of ingest → fan-out → claim → send → record, as far as they can be told from outside. */
export const moments = ["posting", "acknowledged", "held", "answered", "starting", "any"] as const;
export type Moment = (typeof moments)[number];

/** What a run prints. */
export interface Report {
  name: string;
  kills: Record<string, number>;
  seconds: number;
  books: Books;
  faults: readonly string[];
  /** What the sender of events was answered, by status; 0: nothing. */
  answers: EventSender["answers"];
}

const momentTimeoutMs = 3000;
const lifeMs = { least: 100, most: 1200 };

export interface StormOptions {
  name: string;
  kills: number;
  /** Kills nobody after this time, so that a slow machine ends too. */
  killForMs: number;
  /** Called between kills with the number of the round. */
  between?: (round: number) => Promise<void>;
}

/** Kills sidecars, at moments taken in turn, until there were enough kills; then closes the books. */
export async function runStorm(stage: Stage, options: StormOptions): Promise<Report> {
  const startedAt = performance.now();
  const endAt = startedAt + options.killForMs;
  const kills: Record<string, number> = {};
  let count = 0;
  for (let round = 0; count < options.kills && performance.now() < endAt; round++) {
    const moment = takeTurn(moments, round);
    const victims = chooseVictims(stage);
    await (moment === "starting" ? killStarting(stage, victims) : killRunning(stage, victims, moment));
    const killed = victims.length * (moment === "starting" ? 2 : 1);
    kills[moment] = (kills[moment] ?? 0) + killed;
    count += killed;
    await Promise.all(victims.map((victim) => victim.restart()));
    await options.between?.(round);
  }
  return report(stage, { name: options.name, kills, startedAt });
}

/** Closes the books of a run. */
export async function report(
  stage: Stage,
  { name, startedAt, kills = {} }: { name: string; startedAt: number; kills?: Report["kills"] },
): Promise<Report> {
  const books = await stage.settle();
  return {
    name,
    kills,
    seconds: (performance.now() - startedAt) / 1000,
    books,
    faults: findFaults(books, stage.mostInFlight),
    answers: stage.sender.answers,
  };
}

/** All of them, or one. */
function chooseVictims({ sidecars, random }: Stage): readonly Sidecar[] {
  return random() < 0.5 ? sidecars : [pick(sidecars, random)];
}

async function killRunning(stage: Stage, victims: readonly Sidecar[], moment: Moment): Promise<void> {
  await delay(lifeMs.least + stage.random() * (lifeMs.most - lifeMs.least));
  await Promise.race([comeTo(stage, moment), delay(momentTimeoutMs)]);
  stage.noteKill();
  await Promise.all(victims.map((victim) => victim.kill()));
}

function comeTo({ witness, sender, random }: Stage, moment: Moment): Promise<void> {
  if (moment === "posting") return sender.nextPost().then(() => delay(random() * 5));
  if (moment === "acknowledged") return sender.nextAcknowledgement();
  if (moment === "held") return witness.nextVisit();
  if (moment === "answered") return witness.nextAnswer();
  return Promise.resolve();
}

/** Killed once more before they are ready: while they open the database, or just as they claim what they find. */
async function killStarting(stage: Stage, victims: readonly Sidecar[]): Promise<void> {
  stage.noteKill();
  await Promise.all(victims.map((victim) => victim.kill()));
  const starts = victims.map((victim) => victim.restart().catch(() => {})); // killed: that is what it says
  await delay(300 + stage.random() * 1500);
  stage.noteKill();
  await Promise.all(victims.map((victim) => victim.kill()));
  await Promise.all(starts);
}
