import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { backupStore } from "../backup.ts";
import { openStore, startCheckpoints } from "../open.ts";
import { makeEvent } from "../testing.ts";
import { logBytes } from "./sqlite-log.ts";

async function makePlace() {
  const folder = await mkdtemp(join(tmpdir(), "sidehook-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "a.db");
  return { folder, file, url: `sqlite:${file}` };
}

type Place = Awaited<ReturnType<typeof makePlace>>;

async function openFile(place?: Place) {
  const { folder, file, url } = place ?? (await makePlace());
  const store = await openStore({ url, now: Date.now });
  onTestFinished(() => store.close());
  return { folder, file, url, store };
}

type Opened = Awaited<ReturnType<typeof openFile>>;

const payload = JSON.stringify({ text: "x".repeat(20_000) });
const refuse = (error: unknown) => expect.unreachable(String(error));

/** Accepts so many bytes, in commits of 200 KB. */
async function accept({ store }: Opened, bytes: number): Promise<void> {
  for (let sum = 0; sum < bytes; sum += 10 * payload.length) {
    const events = Array.from({ length: 10 }, () => makeEvent({ payload }));
    await store.ingestEvents(events, new Date());
  }
}

async function sizeOfLog({ file }: Opened): Promise<number> {
  return (await stat(`${file}-wal`)).size;
}

function start({ url }: Place, onFault: (error: unknown) => void = refuse) {
  const checkpoints = startCheckpoints(url, onFault);
  onTestFinished(() => checkpoints.stop());
  return checkpoints;
}

/** What is in the log and not in the file, in pages. */
function readRest({ file }: Opened): number {
  const other = new Sqlite(file);
  const [state] = other.pragma("wal_checkpoint(noop)") as [{ log: number; checkpointed: number }];
  other.close();
  return state.log - state.checkpointed;
}

test("what has been accepted goes into the file beside those who accept", async () => {
  const opened = await openFile();
  await accept(opened, 2 * logBytes.first);
  expect(readRest(opened) * 4096).toBeGreaterThan(logBytes.first);
  start(opened);
  await expect.poll(() => readRest(opened)).toBe(0);
});

test("the log stays short while others commit without a pause", async () => {
  const opened = await openFile();
  start(opened);
  await accept(opened, 2 * logBytes.longest);
  expect(await sizeOfLog(opened)).toBeLessThan(logBytes.longest);
});

test("the log is bounded although nobody makes checkpoints beside those who write", async () => {
  const opened = await openFile();
  const checkpoints = start(opened);
  await checkpoints.stop();
  await accept(opened, 2 * logBytes.longest);
  expect(await sizeOfLog(opened)).toBeLessThan(logBytes.longest + 8 * 1024 ** 2);
});

test("goes on after a fault, which is told", async () => {
  const place = await makePlace();
  const onFault = vi.fn<(error: unknown) => void>();
  start(place, onFault); // there is no file
  await expect.poll(() => onFault.mock.calls.length).toBeGreaterThan(0);
  const opened = await openFile(place);
  await accept(opened, 2 * logBytes.first);
  await expect.poll(() => readRest(opened)).toBe(0);
});

test("a log that somebody has read from for long gets small again", async () => {
  const opened = await openFile();
  start(opened);
  const reader = new Sqlite(opened.file);
  reader.exec("begin");
  reader.prepare("select count(*) from events").get();
  await accept(opened, logBytes.longest + logBytes.first);
  expect(await sizeOfLog(opened)).toBeGreaterThan(logBytes.longest);
  reader.exec("commit");
  reader.close();
  await expect
    .poll(async () => {
      await accept(opened, logBytes.first);
      return sizeOfLog(opened);
    })
    .toBeLessThanOrEqual(logBytes.longest);
});

test("a backup taken meanwhile is whole", async () => {
  const opened = await openFile();
  start(opened);
  const accepting = accept(opened, logBytes.long);
  const file = join(opened.folder, "backup.db");
  await accept(opened, 2 * logBytes.first);
  await backupStore({ url: opened.url, file, isForced: false });
  await accepting;
  expect((await stat(file)).size).toBeGreaterThan(2 * logBytes.first);
});
