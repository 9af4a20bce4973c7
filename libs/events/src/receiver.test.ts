import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import {
  createMemoryStore,
  maxBodyBytes,
  receive,
  receiveOnce,
  RefusedRequestError,
  statusOf,
  type ReceivedEvent,
} from "./receiver.ts";
import { newSecret, sign } from "./signature.ts";

const secret = newSecret();
const clock = { now: () => 1_795_305_046_000 };
const captured = readFileSync(
  new URL("../fixtures/ultimate-multisite/payment_received.json", import.meta.url),
  "utf8",
);

interface Delivery {
  id?: string;
  type?: string;
  body?: string | Uint8Array;
  /** How long before now it was signed. */
  ageSeconds?: number;
  headers?: Record<string, string>;
}

function headersOf({ id = "evt_1", type = "payment_received", body = captured, ...rest }: Delivery) {
  const timestamp = clock.now() / 1000 - (rest.ageSeconds ?? 0);
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(secret, id, timestamp, body),
    "sidehook-event": type,
    ...rest.headers,
  };
}

function requestOf(delivery: Delivery = {}): Request {
  const { body = captured } = delivery;
  return new Request("http://receiver.example/", {
    method: "POST",
    headers: headersOf(delivery),
    body: typeof body === "string" ? body : new Blob([Buffer.from(body)]),
  });
}

const options = { secrets: secret, ...clock };

describe("an event that is received", () => {
  it("has its id, its type, its payload as sent and normalised, and its text to the letter", async () => {
    const event = await receive(requestOf(), options);
    expect(event).toMatchObject({ id: "evt_1", type: "payment_received", isTest: false, text: captured });
    expect(event.payload).toEqual(JSON.parse(captured));
    expect(event.normalized).toMatchObject({ payment_total_raw: "0.00", customer_id: 4 });
    expect(event.normalized).toBe(event.normalized);
  });

  it("tells which payload it has by its type", async () => {
    const event = await receive(requestOf(), options);
    if (event.type !== "payment_received") throw new Error(event.type);
    expectTypeOf(event.payload.payment_total_raw).toEqualTypeOf<number | string>();
    expectTypeOf(event.normalized.payment_total_raw).toEqualTypeOf<string>();
  });

  it("can be of a type that the catalog does not know", async () => {
    const event = await receive(requestOf({ type: "course_completed", body: '{"course_id":"7"}' }), options);
    expect(event).toMatchObject({ type: "course_completed", payload: { course_id: "7" } });
    expect(event.normalized).toEqual({ course_id: "7" });
  });

  it("says that it is a test event", async () => {
    const event = await receive(requestOf({ headers: { "sidehook-test": "true" } }), options);
    expect(event.isTest).toBe(true);
  });

  it.each([
    ["envelope", '{"type":"wp_logout","timestamp":"2026-11-21T23:50:46Z","data":{"user_id":9},"context":{}}'],
    ["cloudevents", '{"specversion":"1.0","id":"evt_1","type":"wp_logout","data":{"user_id":9}}'],
  ])("is found in the format %s, with the type that was signed", async (_, body) => {
    const event = await receive(requestOf({ type: "payment_received", body }), options);
    expect(event).toMatchObject({ type: "wp_logout", payload: { user_id: 9 }, text: body });
  });

  it("may be signed with any of several secrets", async () => {
    const event = await receive(requestOf(), { ...clock, secrets: [newSecret(), secret] });
    expect(event.id).toBe("evt_1");
  });

  it("may come with a body that a framework has read already", async () => {
    for (const body of [captured, Buffer.from(captured)]) {
      const request = requestOf();
      await request.arrayBuffer();
      expect((await receive(request, { ...options, body })).text).toBe(captured);
    }
  });
});

describe("a request is refused", () => {
  it.each<[problem: string, status: number, delivery: Delivery]>([
    ["no-match", 401, { headers: { "webhook-signature": "v1,AAAA" } }],
    ["no-match", 401, { headers: { "webhook-id": "evt_2" } }],
    ["too-old", 401, { ageSeconds: 301 }],
    ["in-future", 401, { ageSeconds: -301 }],
    ["missing-header", 401, { headers: { "webhook-signature": "" } }],
    ["bad-body", 400, { headers: { "sidehook-event": "" } }],
    ["bad-body", 400, { body: "{" }],
    ["bad-body", 400, { body: "[]" }],
    ["bad-body", 400, { body: "" }],
    ["bad-body", 400, { body: Buffer.from('{"a":"\xff"}', "latin1") }],
    ["too-large", 413, { body: " ".repeat(maxBodyBytes + 1) }],
  ])("as %s with %i", async (problem, status, delivery) => {
    const error = await errorOf(receive(requestOf(delivery), options));
    expect(error).toBeInstanceOf(RefusedRequestError);
    expect(error).toMatchObject({ problem, status });
    expect(statusOf(error)).toBe(status);
    expect((error as Error).message).not.toContain(secret);
  });

  it("before anything is claimed when its signature is wrong", async () => {
    const store = createMemoryStore();
    const forged = requestOf({ headers: { "webhook-signature": "v1,AAAA" } });
    await expect(receive(forged, { ...options, store })).rejects.toThrow("no signature matches");
    expect((await receive(requestOf(), { ...options, store })).id).toBe("evt_1");
  });

  it("as an error of the program when its body was read before and not given", async () => {
    const request = requestOf();
    await request.text();
    const error = await errorOf(receive(request, options));
    expect(error).toBeInstanceOf(TypeError);
    expect(statusOf(error)).toBe(500);
  });

  it("as an error of the program when there is no secret", async () => {
    await expect(receive(requestOf(), { ...clock, secrets: [] })).rejects.toThrow(TypeError);
  });
});

describe("an event that comes again", () => {
  it("is refused with 409 by receive", async () => {
    const store = createMemoryStore();
    await receive(requestOf(), { ...options, store });
    expect(await errorOf(receive(requestOf({ ageSeconds: 1 }), { ...options, store }))).toMatchObject({
      status: 409,
      problem: "repeated",
    });
    expect((await receive(requestOf({ id: "evt_2" }), { ...options, store })).id).toBe("evt_2");
  });

  it("is received and not handled again by receiveOnce when it was handled", async () => {
    const store = createMemoryStore();
    const handled: string[] = [];
    const handle = (event: ReceivedEvent) => void handled.push(event.id);
    expect(await receiveOnce(requestOf(), { ...options, store }, handle)).toBe(true);
    expect(await receiveOnce(requestOf(), { ...options, store }, handle)).toBe(false);
    expect(handled).toEqual(["evt_1"]);
  });

  it("is handled by receiveOnce when the first attempt failed", async () => {
    const store = createMemoryStore();
    const fail = () => Promise.reject(new Error("the list is away"));
    const error = await errorOf(receiveOnce(requestOf(), { ...options, store }, fail));
    expect(statusOf(error)).toBe(500);
    const handled: string[] = [];
    await receiveOnce(requestOf(), { ...options, store }, ({ id }) => void handled.push(id));
    expect(handled).toEqual(["evt_1"]);
  });

  it("is refused with 409 while the first attempt is still being handled", async () => {
    const store = createMemoryStore();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const first = receiveOnce(requestOf(), { ...options, store }, () => {
      begin();
      return ended;
    });
    await begun;
    const second = receiveOnce(requestOf(), { ...options, store }, () => undefined);
    expect(await errorOf(second)).toMatchObject({ status: 409 });
    end();
    expect(await first).toBe(true);
  });

  it("is handled by one of many who get it at the same time", async () => {
    const store = createMemoryStore();
    let count = 0;
    const all = Array.from({ length: 20 }, () =>
      receiveOnce(requestOf(), { ...options, store }, () => void count++).catch(statusOf),
    );
    expect(new Set(await Promise.all(all)).has(true)).toBe(true);
    expect(count).toBe(1);
  });
});

describe("the store in memory", () => {
  it("forgets a claim when its time is over", async () => {
    const store = createMemoryStore();
    expect(store.claim("a", 0.02)).toBeTypeOf("function");
    expect(store.claim("a", 0.02)).toBe("claimed");
    await expect.poll(() => typeof store.claim("a", 60)).toBe("function");
  });

  it("holds no more ids than it may, and lets the oldest go", async () => {
    const store = createMemoryStore(2);
    for (const id of ["a", "b", "c"]) await store.claim(id, 60);
    expect(store.claim("c", 60)).toBe("claimed");
    expect(store.claim("b", 60)).toBe("claimed");
    expect(store.claim("a", 60)).toBeTypeOf("function");
  });
});

describe("a server of Node", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function serve(handle: (request: IncomingMessage) => Promise<unknown>): Promise<string> {
    const server = createServer((request, response) => void answer(handle(request), response)).listen(
      0,
      "127.0.0.1",
    );
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async function answer(handled: Promise<unknown>, response: ServerResponse): Promise<void> {
    const status = await handled.then(() => 204, statusOf);
    response.writeHead(status).end();
  }

  const post = async (url: string, delivery: Delivery, body: string | Uint8Array = captured) =>
    fetch(url, { method: "POST", headers: headersOf(delivery), body: Buffer.from(body) });

  it("gets the event of a request", async () => {
    const events: ReceivedEvent[] = [];
    const url = await serve(async (request) => events.push(await receive(request, options)));
    expect((await post(url, {})).status).toBe(204);
    expect(events[0]).toMatchObject({ id: "evt_1", type: "payment_received", text: captured });
  });

  it("can answer 413 to a body that is too large, of which it reads no more than it may", async () => {
    let bytesRead = 0;
    const url = await serve(async (request) => {
      await receive(request, options).finally(() => (bytesRead = request.socket.bytesRead));
    });
    const response = await post(url, {}, new Uint8Array(8 * maxBodyBytes));
    expect(response.status).toBe(413);
    expect(bytesRead).toBeLessThan(2 * maxBodyBytes);
  });

  it("is told that something else has read the body", async () => {
    const errors: unknown[] = [];
    const url = await serve(async (request) => {
      await request.toArray();
      errors.push(await errorOf(receive(request, options)));
    });
    await post(url, {});
    expect(errors[0]).toBeInstanceOf(TypeError);
  });
});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
