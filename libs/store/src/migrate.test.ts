import { describe, expect, test } from "vitest";
import { NewerSchemaError } from "./migrate.ts";
import { openStore } from "./open.ts";
import { makeEvent, openTestStore, testBackends } from "./testing.ts";

describe.each(testBackends)("migrations on $name", (backend) => {
  test("run once: a store that is opened again has what it had", async () => {
    await using store = await openTestStore(backend);
    const event = makeEvent();
    await store.ingestEvents([event], new Date());
    await using again = await store.openAnother();
    expect((await again.getEvent(event.id)).payload).toBe(event.payload);
  });

  test("refuse a database that a newer version has set up, and leave it as it is", async () => {
    await using store = await openTestStore(backend);
    const insert = "insert into kysely_migration (name, timestamp) values ('9999_future', '2030-01-01')";
    await store.runSql(insert);
    const opening = openStore({ url: store.url, now: Date.now });
    await expect(opening).rejects.toThrow(NewerSchemaError);
    await expect(opening).rejects.toThrow("set up by a newer version of Sidehook (it has 9999_future)");
    await store.checkWritable();
  });
});

test.each(["", "mysql://localhost/a", "/tmp/a.db", "sqlite"])(
  "%j is refused as a database URL",
  async (url) => {
    await expect(openStore({ url, now: Date.now })).rejects.toThrow("must begin with sqlite: or postgres:");
  },
);
