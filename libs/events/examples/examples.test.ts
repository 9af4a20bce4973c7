import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { findEventType } from "@sidehook/events";
import { newSecret, sign } from "@sidehook/events/signature";
import { installPackage } from "../test/install.ts";
import { POST } from "./chat-message.ts";
import { createCrmApp } from "./crm-contact.ts";
import { createMailingListServer } from "./mailing-list.ts";
import { createSheetHandler } from "./sheet-row.ts";

/** What the test needs of Express, whose types are a package of their own. */
interface Express {
  (): RequestListener & {
    use: (middleware: RequestListener) => void;
    post: (path: string, handler: ReturnType<typeof createSheetHandler>) => void;
  };
  json: () => RequestListener;
  raw: (options: { type: string }) => RequestListener;
}

const secret = newSecret();
const servers: Server[] = [];

/** A server that stands for the one of a list, a CRM, a channel or a spreadsheet. */
const provider = { url: "", status: 200, requests: [] as unknown[] };

beforeEach(async () => {
  // The examples tell their log what they answer 401 or 500 to; here that is no failure.
  vi.spyOn(console, "error").mockReturnValue();
  Object.assign(provider, { status: 200, requests: [] });
  provider.url = await listen(createServer((request, response) => void record(request, response)));
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function record(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const { method, url, headers } = request;
  const { authorization } = headers;
  const sent: unknown = body === "" ? undefined : JSON.parse(body);
  provider.requests.push({ request: `${method} ${url}`, ...(authorization && { authorization }), sent });
  response.writeHead(provider.status).end();
}

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Delivery {
  id?: string;
  payload?: object;
  isTest?: boolean;
  signedWith?: string;
}

let lastId = 0;

/** The request Sidehook would make for the sample of an event type, or for another payload. */
function requestOf(url: string, type: string, delivery: Delivery = {}): Request {
  const {
    id = `evt_${++lastId}`,
    payload = findEventType(type)?.sample,
    isTest,
    signedWith = secret,
  } = delivery;
  const body = JSON.stringify(payload);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": sign(signedWith, id, timestamp, body),
    "sidehook-event": type,
    ...(isTest && { "sidehook-test": "true" }),
  };
  return new Request(url, { method: "POST", headers, body });
}

describe("the mailing list, on plain Node", () => {
  async function post(type: string, delivery?: Delivery): Promise<number> {
    const settings = { secret, listUrl: provider.url, listKey: "key" };
    const url = await listen(createMailingListServer(settings));
    return (await fetch(requestOf(url, type, delivery))).status;
  }

  it("gets name and address of each new user", async () => {
    expect(await post("wp_user_created")).toBe(204);
    const sent = { email: "robin@example.com", name: "Robin Example" };
    expect(provider.requests).toEqual([{ request: "POST /members", authorization: "Bearer key", sent }]);
  });

  it("gets nobody by a test event, another event or a forged request", async () => {
    expect(await post("wp_user_created", { isTest: true })).toBe(204);
    expect(await post("wp_user_deleted")).toBe(204);
    expect(await post("wp_user_created", { signedWith: newSecret() })).toBe(401);
    expect(provider.requests).toEqual([]);
  });
});

describe("the CRM, on Hono", () => {
  it("has a contact for each customer, whatever type the id was sent as", async () => {
    const app = createCrmApp({ secret, crmUrl: provider.url });
    const post = async (type: string, payload?: object) =>
      (await app.request(requestOf("http://receiver.example/sidehook", type, payload ? { payload } : {})))
        .status;
    expect(await post("customer_created")).toBe(204);
    expect(await post("customer_updated", { customer_id: 5, customer_name: "Robin E." })).toBe(204);
    expect(await post("customer_deleted")).toBe(204);
    expect(await post("wp_login")).toBe(204);
    expect(provider.requests).toEqual([
      {
        request: "PUT /contacts/5",
        sent: { name: "Robin Example", email: "robin@example.com", company: "Example Bakery" },
      },
      { request: "PUT /contacts/5", sent: { name: "Robin E." } },
      { request: "DELETE /contacts/5", sent: undefined },
    ]);
  });
});

describe("the channel, on Next.js", () => {
  const post = async (type: string, delivery?: Delivery) => {
    vi.stubEnv("SIDEHOOK_SECRET", secret);
    vi.stubEnv("CHAT_URL", provider.url);
    return (await POST(requestOf("http://receiver.example/api/sidehook", type, delivery))).status;
  };
  afterEach(() => void vi.unstubAllEnvs());

  it("is told of payments in a sentence", async () => {
    expect(await post("payment_received")).toBe(204);
    expect(await post("payment_failed")).toBe(204);
    expect(await post("payment_refunded", { isTest: true })).toBe(204);
    expect(provider.requests).toEqual([
      { request: "POST /", sent: { text: "Robin Example paid $ 29.90." } },
      { request: "POST /", sent: { text: "A payment of Robin Example failed at stripe." } },
      { request: "POST /", sent: { text: "[test] 10.00 of payment 12 was given back." } },
    ]);
  });

  it("is told once, also when an attempt failed in between", async () => {
    const id = "evt_again";
    provider.status = 503;
    expect(await post("payment_received", { id })).toBe(500);
    provider.status = 200;
    expect(await post("payment_received", { id })).toBe(204);
    expect(await post("payment_received", { id })).toBe(204);
    expect(provider.requests).toHaveLength(2);
  });
});

describe("the spreadsheet, on Express", () => {
  let express: Express;
  beforeAll(() => {
    const folder = installPackage("express", "5.3.0");
    express = createRequire(join(folder, "package.json"))(folder) as Express;
  }, 120_000);

  async function post(app: RequestListener): Promise<number> {
    const url = await listen(createServer(app));
    return (await fetch(requestOf(`${url}/sidehook`, "wp_site_created"))).status;
  }

  const settings = () => ({ secret, sheetUrl: provider.url, token: () => Promise.resolve("token") });
  const row = {
    request: "POST /values/Sites:append?valueInputOption=RAW",
    authorization: "Bearer token",
    sent: {
      values: [[3, "Example Bakery", "https://network.example/bakery/", "2026-11-21T23:45:35Z"]],
    },
  };

  it("has a line for each new site, whatever reads JSON for other routes", async () => {
    const app = express();
    app.post("/sidehook", createSheetHandler(settings()));
    app.use(express.json());
    expect(await post(app)).toBe(204);
    expect(provider.requests).toEqual([row]);
  });

  it("has it too when the bytes of the body were read before", async () => {
    const app = express();
    app.use(express.raw({ type: "*/*" }));
    app.post("/sidehook", createSheetHandler(settings()));
    expect(await post(app)).toBe(204);
    expect(provider.requests).toEqual([row]);
  });

  it("has none when express.json() has taken the bytes away, and Sidehook comes again once that is mended", async () => {
    const app = express();
    app.use(express.json());
    app.post("/sidehook", createSheetHandler(settings()));
    expect(await post(app)).toBe(500);
    expect(provider.requests).toEqual([]);
  });
});
