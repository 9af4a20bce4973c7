import { expect, test } from "vitest";
import type { LaneRange, Waiting } from "./dialects/dialect.ts";
import { createDueListing, type Looked } from "./due-listing.ts";
import { lanes } from "./schema.ts";

/** A listing of rows that takes a while by a clock of its own. */
function start(tookMs: number) {
  const state = { nowMs: 0, all: 0, rows: [] as Waiting[] };
  const look = async ({ from, to }: LaneRange) => {
    state.nowMs += tookMs;
    if (to === lanes.ordered) state.all++;
    return { rows: state.rows.filter(({ lane }) => lane >= from && lane <= to), byId: new Map() };
  };
  const listDue = async ({ rows }: Looked) =>
    [...Map.groupBy(rows, ({ webhook_id }) => webhook_id)].map(([webhookId, own]) => ({
      webhookId,
      lanes: own.map(({ lane }) => ({ lane })),
      dueAt: new Date(Math.min(...own.map(({ due_at }) => due_at))),
      maxConcurrency: null,
      canClaimAhead: true,
    }));
  const clock = () => state.nowMs;
  return { state, list: createDueListing({ look, listDue, now: clock, monotonicMs: clock }) };
}

const row = (webhook_id: string, lane: number, due_at = 0) => ({ webhook_id, lane, due_at });
const idsOf = (due: readonly { webhookId: string }[]) => due.map(({ webhookId }) => webhookId);

test("lists everything each time while that takes no time, in the order of ids", async () => {
  const { state, list } = start(1);
  state.rows = [row("c", lanes.first), row("a", lanes.again), row("b", lanes.ordered)];
  expect(idsOf(await list())).toEqual(["a", "b", "c"]);
  state.rows = [row("d", lanes.again)];
  expect(idsOf(await list())).toEqual(["d"]);
});

test("lists what is new each time, and the rest in a tenth of the time, when there is so much that it takes long", async () => {
  const { state, list } = start(5);
  state.rows = [row("b", lanes.again), row("d", lanes.again)];
  expect(idsOf(await list())).toEqual(["b", "d"]);
  state.rows = [row("a", lanes.first), row("b", lanes.first), row("c", lanes.again)];
  const due = await list();
  expect(idsOf(due)).toEqual(["a", "b", "d"]);
  expect(due[1]?.lanes).toEqual([{ lane: lanes.first }, { lane: lanes.again }]);
  state.nowMs = 55;
  expect(idsOf(await list())).toEqual(["a", "b", "c"]);
  expect(state.all).toBe(2);
});

test("keeps of what is due later only the next, so that the time of it is known", async () => {
  const { state, list } = start(5);
  state.rows = [row("a", lanes.again, 50), row("b", lanes.again, 9_000), row("c", lanes.again, 7_000)];
  expect(await list()).toHaveLength(3);
  expect(idsOf(await list())).toEqual(["a", "c"]);
});

test("begins anew with what it has kept, however far claims have come in it", async () => {
  const { state, list } = start(5);
  state.rows = [row("a", lanes.again)];
  const [first] = await list();
  if (first?.lanes[0]) first.lanes[0].claimedTo = { dueAt: 1, seq: 1 };
  expect((await list())[0]?.lanes).toEqual([{ lane: lanes.again }]);
});

test("does not list again from what it has kept where a claim has found all there was, nor what was new", async () => {
  const { state, list } = start(5);
  state.rows = [row("a", lanes.first), row("b", lanes.again), row("c", lanes.again)];
  const b = (await list())[1];
  if (b?.lanes[0]) b.lanes[0].isPerhapsEmpty = true;
  state.rows = [];
  expect(idsOf(await list())).toEqual(["c"]);
});
