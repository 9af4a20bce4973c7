import { describe, expect, test } from "vitest";
import { finished, startProgram } from "../test/processes.ts";
import { makeWebhook, openTestStore, testBackends } from "./testing.ts";

describe.each(testBackends)("several processes on $name", (backend) => {
  test("may start at once on an empty database", async () => {
    const database = await backend.createDatabase();
    const children = Array.from({ length: 4 }, () => startProgram("open-store.ts", database.url));
    const results = await Promise.all(children.map(finished));
    expect(results).toEqual(children.map(() => ({ code: 0, output: "", errors: "" })));
    expect(await database.runSql("select name from kysely_migration")).toEqual(
      [
        "0001_initial",
        "0002_fair_and_patient",
        "0003_replays",
        "0004_cheaper_claims",
        "0005_search_and_issues",
        "0006_fewer_checks",
        "0007_durations",
        "0008_claims_apart",
        "0009_lanes_first",
      ].map((name) => ({ name })),
    );
    await database.drop();
  });

  test("lose nothing they have acknowledged when they are killed while accepting events", async () => {
    await using store = await openTestStore(backend);
    await store.createWebhook(makeWebhook(), new Date());
    await store.createWebhook(makeWebhook(), new Date());
    const child = startProgram("ingest-forever.ts", store.url);
    const ended = finished(child);
    let received = 0;
    child.stdout?.on("data", (data: Buffer) => {
      received += data.length;
      if (received > 20_000) child.kill("SIGKILL");
    });
    const { output } = await ended;
    expect(child.signalCode).toBe("SIGKILL");

    const acknowledged = output.split("\n").slice(0, -1);
    expect(acknowledged.length).toBeGreaterThan(400);
    const rows = (await store.runSql(
      `select events.id, count(deliveries.id) as deliveries from events
       left join deliveries on deliveries.event_seq = events.seq group by events.id`,
    )) as { id: string; deliveries: number | string }[];
    const stored = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    // Nor is there an event with only one of its two deliveries.
    expect(new Set(rows.map(({ deliveries }) => Number(deliveries)))).toEqual(new Set([2]));
  });
});
