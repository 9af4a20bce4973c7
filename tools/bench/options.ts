import { parseArgs } from "node:util";
import type { Sizes } from "./bench.ts";

export interface Options {
  sizes: Sizes;
  /** Names of scenarios and engines; empty: all that do not take long. */
  only: readonly string[];
  isSmoke: boolean;
  isQuick: boolean;
  isFull: boolean;
  /** Where to write the figures as JSON. */
  jsonFile: string | undefined;
  /** How long the run may take; what does not fit is left out and said. */
  maxSeconds: number;
}

const usage = `npm run bench -- [--quick | --smoke | --full] [--only <names>] [--rounds <n>] [--json <file>]

  --quick    at most 3 minutes: one round, one engine of a kind
  --smoke    less than a minute, two engines; fails if a delivery is lost
  --full     with the parts that take long, such as ten million attempts in the log
  --only     scenarios and engines, separated by commas
  --rounds   how often each engine is measured; more is less noise
  --json     writes the figures into a file`;

const ordinary: Sizes = {
  rounds: 3,
  backlog: 10_000,
  loadSeconds: 3,
  paces: [50, 200],
  pacedSeconds: 5,
  claimBacklogs: [10_000, 100_000],
  loggedAttempts: 0,
};
const quick: Sizes = {
  ...ordinary,
  rounds: 1,
  backlog: 2_500,
  loadSeconds: 1,
  paces: [200],
  pacedSeconds: 2,
};
const smoke: Sizes = { ...quick, backlog: 1_000, loadSeconds: 0.5, pacedSeconds: 1 };
const full: Sizes = {
  ...ordinary,
  rounds: 5,
  claimBacklogs: [10_000, 100_000, 1_000_000],
  loggedAttempts: 10_000_000,
};

/** @throws TypeError for an unknown option or a bad number */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      json: { type: "string" },
    },
  });
  if (values.help) throw new TypeError(usage);
  const sizes = values.smoke ? smoke : values.quick ? quick : values.full ? full : ordinary;
  const rounds = values.rounds === undefined ? sizes.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new TypeError("--rounds must be a whole number from 1 to 100");
  }
  return {
    sizes: { ...sizes, rounds },
    only: values.only.split(",").filter((name) => name !== ""),
    isSmoke: values.smoke,
    isQuick: values.quick,
    isFull: values.full,
    jsonFile: values.json,
    maxSeconds: values.full ? 3600 : values.quick || values.smoke ? 165 : 880,
  };
}
