import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { sql } from "kysely";
import { expect, onTestFinished, test, vi } from "vitest";
import { createIdSource } from "@sidehook/events";
import { createStore } from "../create-store.ts";
import { openStore } from "../open.ts";
import { makeEvent, openTestStore } from "../testing.ts";
import { sqlite } from "./sqlite.ts";

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sidehook-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("the log cannot be spoilt by a power failure, and foreign keys hold", async () => {
  const database = sqlite.open(`sqlite:${join(await makeFolder(), "a.db")}`);
  const settings =
    await sql`select * from pragma_journal_mode, pragma_synchronous, pragma_foreign_keys`.execute(
      database.db,
    );
  expect(settings.rows).toEqual([{ journal_mode: "wal", synchronous: 1, foreign_keys: 1 }]);
  await database.close();
});

test("nothing is acknowledged that could not be synced", async () => {
  const file = join(await makeFolder(), "a.db");
  const store = await openStore({ url: `sqlite:${file}`, now: Date.now });
  await store.ingestEvents([makeEvent()], new Date());
  await store.close();
  // Open again, and take the log away before it is synced for the first time: what is committed goes nowhere.
  const database = sqlite.open(`sqlite:${file}`);
  await rm(`${file}-wal`);
  const unsafe = createStore(database, { newId: createIdSource(Date.now), now: Date.now });
  await expect(unsafe.ingestEvents([makeEvent()], new Date())).rejects.toThrow("ENOENT");
  await database.close();
});

test("the file and its folder are made, and only the owner may read it", async () => {
  const file = join(await makeFolder(), "data", "deep", "a.db");
  const database = sqlite.open(`sqlite:${file}`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await database.close();
});

test("a lock of another process is waited for without blocking this one", async () => {
  await using store = await openTestStore();
  const other = new Sqlite(store.url.slice("sqlite:".length));
  other.exec("begin immediate");
  let isStored = false;
  const ingesting = store.ingestEvents([makeEvent()], new Date()).then(() => (isStored = true));
  const turn = vi.fn<() => void>();
  const timer = setInterval(turn, 20);
  await expect.poll(() => turn.mock.calls.length).toBeGreaterThan(10);
  expect(isStored).toBe(false);
  other.exec("rollback");
  await ingesting;
  clearInterval(timer);
  other.close();
});

test("a second connection takes none of the locks that others are kept away by", async () => {
  const file = join(await makeFolder(), "a.db");
  const stores = [];
  for (let count = 0; count < 2; count++)
    stores.push(await openStore({ url: `sqlite:${file}`, now: Date.now }));
  const { ino } = await stat(file);
  expect(await readFile("/proc/locks", "utf8")).toMatch(new RegExp(`READ ${process.pid} .*:${ino} `));
  for (const store of stores) await store.close();
});
