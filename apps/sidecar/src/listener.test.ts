import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createListener } from "./listener.ts";
import { startTestSidecar, type TestSidecar } from "./testing.ts";

let sidecar: TestSidecar;
let server: Server;
let url: string;
let readingToken: string;
/** Paths that the app was asked for. */
const askedOfApp: string[] = [];

beforeAll(async () => {
  sidecar = await startTestSidecar();
  const { store } = sidecar.services;
  const input = { name: "reads", scopes: ["deliveries:read"], expiresAt: null };
  readingToken = (await store.createToken(input, new Date())).value;
  const { app, services } = sidecar;
  const watched = Object.assign(Object.create(app) as typeof app, {
    fetch(request: Request) {
      askedOfApp.push(new URL(request.url).pathname);
      return app.fetch(request);
    },
  });
  server = createServer(createListener(watched, services)).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await sidecar.close();
});

const event = { id: "evt-1", type: "payment_received", payload: { payment_id: 5 } };
const json = "application/json";

interface Asked {
  what: string;
  headers?: Record<string, string>;
  body: string;
}

const asked: readonly Asked[] = [
  { what: "one event", body: JSON.stringify(event) },
  { what: "the same in a batch with a bad one", body: JSON.stringify({ events: [event, { id: "bad" }] }) },
  { what: "an event in other scripts", body: JSON.stringify({ ...event, payload: { name: "Åsa 東京 🙂" } }) },
  {
    what: "JSON of a more precise kind",
    headers: { "content-type": "application/cloudevents+JSON; charset=utf-8" },
    body: JSON.stringify(event),
  },
  { what: "a bad event alone", body: '{"type":"BAD"}' },
  { what: "no events", body: '{"events":[]}' },
  {
    what: "more than 500 events",
    body: JSON.stringify({ events: Array.from({ length: 501 }, () => event) }),
  },
  { what: "something that is no JSON", body: '{"type":' },
  { what: "an empty body", body: "" },
  { what: "another content-type", headers: { "content-type": "text/plain" }, body: "{}" },
  {
    what: "an unknown token",
    headers: { authorization: "Bearer of-somebody-else" },
    body: JSON.stringify(event),
  },
  { what: "an empty token", headers: { authorization: "Bearer " }, body: JSON.stringify(event) },
  { what: "a token in lower case", headers: { authorization: "bearer of-somebody-else" }, body: "{}" },
];

describe("events that are sent with a token", () => {
  for (const { what, headers, body } of asked) {
    it(`are answered the same, whichever way they take: ${what}`, async () => {
      const request = {
        method: "POST",
        headers: { authorization: `Bearer ${sidecar.keys.adminToken}`, "content-type": json, ...headers },
        body,
      };
      const [byApp, byServer] = [
        await sidecar.app.request("/v1/events", request),
        await fetch(`${url}/v1/events`, request),
      ];
      expect(await tell(byServer)).toEqual(await tell(byApp));
    });
  }

  it("need a token that may send them", async () => {
    const response = await send(JSON.stringify(event), { authorization: `Bearer ${readingToken}` });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 403,
      body: { detail: "This needs a token with the scope events:write." },
    });
  });

  it("go straight to the store, and are known to the app", async () => {
    askedOfApp.length = 0;
    const response = await send(JSON.stringify({ ...event, id: "straight-1" }));
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 202,
      body: { results: [{ id: "straight-1", status: "accepted" }] },
    });
    expect(askedOfApp).toEqual([]);
    expect((await sidecar.call("GET", "/v1/events/straight-1")).status).toBe(200);
  });

  it("go through the app when they are too large, packed or come in pieces of unknown length", async () => {
    askedOfApp.length = 0;
    expect((await send("x".repeat(8 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await send("{}", { "content-encoding": "gzip" })).status).toBe(400);
    expect((await send(ReadableStream.from([Buffer.from(JSON.stringify(event))]))).status).toBe(202);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(askedOfApp).toEqual(["/v1/events", "/v1/events", "/v1/events", "/healthz"]);
  });

  it("are not stored when whoever sends them goes in the middle, and everybody else is served", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const whole = JSON.stringify({ ...event, id: "cut-1" });
    const head = `POST /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${sidecar.keys.adminToken}\r\ncontent-type: ${json}\r\n`;
    socket.write(`${head}content-length: ${whole.length + 1}\r\n\r\n${whole}`);
    const [seen] = (await once(server, "request")) as [NodeJS.EventEmitter];
    const gone = once(seen, "error");
    socket.destroy();
    await gone;
    expect((await send(JSON.stringify({ ...event, id: "cut-2" }))).status).toBe(202);
    expect((await sidecar.call("GET", "/v1/events/cut-1")).status).toBe(404);
  });
});

async function tell(response: Response) {
  const { status, headers } = response;
  const kept = ["content-type", "www-authenticate", "retry-after"].map((name) => headers.get(name));
  // Sent for the second time, an event is a duplicate.
  return { status, kept, body: (await response.text()).replaceAll('"accepted"', '"duplicate"') };
}

function send(body: string | ReadableStream, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${sidecar.keys.adminToken}`, "content-type": json, ...headers },
    body,
    ...(typeof body === "string" ? {} : { duplex: "half" }),
  });
}
