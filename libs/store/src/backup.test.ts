import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backupStore, restoreStore } from "./backup.ts";
import { openStore } from "./open.ts";
import { makeEvent, makeWebhook, openTestStore } from "./testing.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sidehook-backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function readIds(url: string): Promise<string[]> {
  const store = await openStore({ url, now: Date.now });
  const { data } = await store.listEvents({}, { limit: 200 });
  await store.close();
  return data.map(({ id }) => id);
}

test("a backup that is made while events come in is whole, and restores to what was accepted before it", async () => {
  await using store = await openTestStore();
  const folder = makeFolder();
  await store.createWebhook(makeWebhook(), new Date());
  const before = Array.from({ length: 20 }, () => makeEvent());
  await store.ingestEvents(before, new Date());
  const done = new AbortController();
  const busy = (async () => {
    while (!done.signal.aborted) await store.ingestEvents([makeEvent()], new Date());
  })();
  const file = join(folder, "backup.db");
  const { bytes } = await backupStore({ url: store.url, file, isForced: false });
  done.abort();
  await busy;
  expect(bytes).toBe(statSync(file).size);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["backup.db"]);

  const restored = join(folder, "restored.db");
  const { replaced } = await restoreStore({ url: `sqlite:${restored}`, file, isForced: false });
  expect(replaced).toBeNull();
  const ids = new Set(await readIds(`sqlite:${restored}`));
  expect(before.filter(({ id }) => !ids.has(id))).toEqual([]);
});

test("nothing is overwritten unless it is asked for, and then a copy stays", async () => {
  await using store = await openTestStore();
  const folder = makeFolder();
  const file = join(folder, "backup.db");
  await store.ingestEvents([makeEvent()], new Date());
  await backupStore({ url: store.url, file, isForced: false });
  await expect(backupStore({ url: store.url, file, isForced: false })).rejects.toThrow("exists already");
  await backupStore({ url: store.url, file, isForced: true });
  await expect(restoreStore({ url: store.url, file, isForced: false })).rejects.toThrow("--force");
  // The store is open: its sidecar runs.
  await expect(restoreStore({ url: store.url, file, isForced: true })).rejects.toThrow("stop it first");
  await store.ingestEvents([makeEvent()], new Date());

  const copy = join(folder, "copy.db");
  await restoreStore({ url: `sqlite:${copy}`, file, isForced: false });
  const { replaced } = await restoreStore({ url: `sqlite:${copy}`, file, isForced: true });
  expect(existsSync(replaced ?? "")).toBe(true);
  expect(await readIds(`sqlite:${copy}`)).toHaveLength(1);
});

test("what is damaged, newer or something else is refused before anything is touched", async () => {
  await using store = await openTestStore();
  const folder = makeFolder();
  const url = `sqlite:${join(folder, "target.db")}`;
  const file = join(folder, "file");
  const restoring = () => restoreStore({ url, file, isForced: true });
  await expect(restoring()).rejects.toThrow("there is no file");
  writeFileSync(file, "no database at all, but long enough to be looked at ".repeat(100));
  await expect(restoring()).rejects.toThrow("no sound database");
  writeFileSync(file, "");
  await expect(restoring()).rejects.toThrow("no sound database");
  await store.runSql("insert into kysely_migration (name, timestamp) values ('9999_future', '2030-01-01')");
  await backupStore({ url: store.url, file, isForced: true });
  await expect(restoring()).rejects.toThrow("newer version");
  expect(readdirSync(folder)).toEqual(["file"]);
  await expect(backupStore({ url: "sqlite:/nowhere/x.db", file, isForced: true })).rejects.toThrow(
    "there is no database",
  );
});
