import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSender, type Sender } from "@sidehook/delivery";
import { createIdSource } from "@sidehook/events";
import { newSecret, sign, verify } from "@sidehook/events/signature";
import { openStore, type Store } from "@sidehook/store";
import { createLog } from "../log.ts";
import { startPulling, type PullOptions } from "./pull.ts";

const bridgeKey = newSecret();
const event = (id: string) => ({ id, type: "payment_received", payload: "{}" });

interface Said {
  method: string;
  path: string;
  results: { id: string; status: string }[];
  wanted: string[];
  archive: boolean;
}

let folder: string;
let store: Store;
let sender: Sender;
let server: Server;
let heard: Said[];
let answer: (said: Said, headers: IncomingHttpHeaders) => { body: string; id?: string; key?: string };
let stop: (() => Promise<void>) | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidehook-pull-"));
  store = await openStore({ url: `sqlite:${folder}/sidehook.db`, now: Date.now });
  sender = createSender({
    guard: { findRefusal: () => undefined },
    timeoutMs: 5_000,
    connectTimeoutMs: 1_000,
  });
  heard = [];
  server = await startNetwork();
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await sender.close();
  await store.close();
  server.close();
  rmSync(folder, { recursive: true });
});

/** A network that checks what it is asked with, and answers what a test says. */
async function startNetwork(): Promise<Server> {
  const network = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const { id } = verify(bridgeKey, request.headers, text);
      const said = JSON.parse(text) as Said;
      const { body, id: otherId, key } = answer(said, request.headers);
      heard.push(said);
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = sign(key ?? bridgeKey, otherId ?? id, timestamp, body);
      response
        .writeHead(200, {
          "webhook-id": otherId ?? id,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": signature,
        })
        .end(body);
    });
  }).listen(0, "127.0.0.1");
  await once(network, "listening");
  return network;
}

function start(changes: Partial<PullOptions> = {}): void {
  const log = createLog("error");
  log.level = "silent"; // these faults are meant
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = { now: () => new Date(), newId: createIdSource(Date.now) };
  stop = startPulling({ url, bridgeKey, store, sender, log, ...clock, ...changes });
}

const batches =
  (...all: unknown[][]) =>
  () => ({ body: JSON.stringify({ events: all.shift() ?? [] }) });

async function listIds(): Promise<string[]> {
  return (await store.listEvents({}, { limit: 50 })).data.map(({ id }) => id).toSorted();
}

describe("pulling", () => {
  it("keeps what it is given, and says so with the next request", async () => {
    answer = batches([event("a"), { ...event("b"), type: "NO TYPE" }], [event("a"), event("c")]);
    start();
    await expect.poll(() => heard.length).toBe(3);
    expect(await listIds()).toEqual(["a", "c"]);
    expect(heard.map(({ results }) => results.map(({ id, status }) => `${id} ${status}`))).toEqual([
      [],
      ["a accepted", "b rejected"],
      ["a duplicate", "c accepted"],
    ]);
  });

  it("says what is wanted", async () => {
    await store.setArchive(true);
    answer = batches();
    start();
    await expect.poll(() => heard.length).toBe(1);
    expect(heard[0]).toMatchObject({
      method: "POST",
      path: "/sidehook/v1/outbox",
      wanted: [],
      archive: true,
    });
  });

  it("takes far more than a delivery's answer may hold", async () => {
    const payload = JSON.stringify({ text: "x".repeat(200_000) });
    answer = batches([
      { ...event("a"), payload },
      { ...event("b"), payload },
    ]);
    start();
    await expect.poll(listIds).toEqual(["a", "b"]);
  });

  it("says nothing of events that could not be stored, so that they are given again", async () => {
    let hasFailed = false;
    const refusing = {
      ...store,
      ingestEvents: (...args: Parameters<Store["ingestEvents"]>) => {
        if (hasFailed) return store.ingestEvents(...args);
        hasFailed = true;
        return Promise.reject(new Error("the disk is full"));
      },
    };
    answer = batches([event("a")], [event("a")]);
    start({ store: refusing });
    await expect.poll(() => heard.length).toBe(3);
    expect(heard.map(({ results }) => results.map(({ status }) => status))).toEqual([[], [], ["accepted"]]);
  });

  const impostors: [name: string, how: { id?: string; key?: string }][] = [
    ["that is signed with another key", { key: newSecret() }],
    ["that belongs to another request", { id: "pull_of-yesterday" }],
  ];
  it.each(impostors)("takes nothing from an answer %s", async (_, how) => {
    answer = () => ({ body: JSON.stringify({ events: [event("a")] }), ...how });
    start();
    await expect.poll(() => heard.length).toBe(1);
    await stop?.();
    expect(await listIds()).toEqual([]);
  });

  it("leaves nothing behind that could be sent to the service itself", async () => {
    let id = "";
    answer = (_, headers) => {
      id = String(headers["webhook-id"]);
      return { body: JSON.stringify({ events: [] }) };
    };
    start();
    await expect.poll(() => heard.length).toBe(1);
    expect(await store.useOnce(`bridge:${id}`, new Date(Date.now() + 1000), new Date())).toBe(false);
  });
});
