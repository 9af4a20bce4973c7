import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
} from "kysely";
import { expect, test } from "vitest";
import type { Schema } from "./schema.ts";
import { pipelined, sideBySide } from "./transaction.ts";

/** A server that answers a statement when it is told to. */
function startServer() {
  const sent: PromiseWithResolvers<QueryResult<never>>[] = [];
  const connection: DatabaseConnection = {
    executeQuery<R>() {
      const answer = Promise.withResolvers<QueryResult<never>>();
      sent.push(answer);
      return answer.promise as Promise<QueryResult<R>>;
    },
    async *streamQuery() {},
  };
  class ServerDriver extends DummyDriver {
    override acquireConnection() {
      return Promise.resolve(connection);
    }
  }
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new ServerDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return { sent, db: new Kysely<Schema>({ dialect }) };
}

test("what is pipelined is sent before what is in front of it has been answered", async () => {
  const { sent, db } = startServer();
  await db.transaction().execute(async (trx) => {
    const executor = await pipelined(trx);
    const run = async () => void (await sql`select 1`.execute(executor));
    const all = sideBySide([run(), run()]);
    await expect.poll(() => sent.length).toBe(2);
    for (const { resolve } of sent) resolve({ rows: [] });
    await all;
  });
});

test("what is done side by side fails with what failed first, when nothing of it goes on any more", async () => {
  const slow = Promise.withResolvers<void>();
  const ended: string[] = [];
  const parts = [
    slow.promise.finally(() => ended.push("slow")),
    Promise.reject(new Error("first")).finally(() => slow.reject(new Error("second"))),
  ] as const;
  await expect(sideBySide(parts)).rejects.toThrow("first");
  expect(ended).toEqual(["slow"]);
});
