import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startReceiver, type Receiver } from "@sidehook/delivery/testing";
import { eventTypes } from "@sidehook/events";
import { startTestSidecar, type TestSidecar } from "../testing.ts";
import { buildOpenApi, operationGroups, type OpenApiDocument } from "./openapi.ts";
import { namedSchemas, type JsonSchema } from "./openapi-schemas.ts";

let sidecar: TestSidecar;
let receiver: Receiver;

beforeAll(async () => {
  [sidecar, receiver] = await Promise.all([startTestSidecar(), startReceiver()]);
});
afterAll(() => Promise.all([sidecar.close(), receiver.close()]));

const document = buildOpenApi("https://hooks.example");
const operations = operationGroups.flatMap(({ operations }) => operations);

describe("the OpenAPI document", () => {
  it("describes every route there is, and no other", () => {
    const registered = sidecar.app.routes
      .filter(({ method, path }) => method !== "ALL" && path !== "/" && !path.startsWith("/admin"))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    // A bin takes any method, and so is registered for all of them.
    expect(described.toSorted()).toEqual([...new Set(registered), "POST /bin/{id}"].toSorted());
  });

  it("gives each operation and each tag a name of its own", () => {
    for (const names of [operations.map(({ id }) => id), document.tags.map(({ name }) => name)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("refers to nothing that it does not have, and says what every parameter means", () => {
    const missing = referencesIn(document).filter((reference) => find(document, reference) === undefined);
    expect(missing).toEqual([]);
    const parameters = operations.flatMap(
      ({ method, path }) => document.paths[path]?.[method]?.parameters ?? [],
    );
    expect(parameters.filter(({ description }) => description === "")).toEqual([]);
  });

  it("holds what webhooks get, and is the same before and after it was written as JSON", () => {
    expect(Object.keys(document.webhooks)).toEqual(eventTypes.map(({ type }) => type));
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("is served to whoever may read webhooks, and to people who are signed in", async () => {
    expect(await call("GET", "/openapi.json")).toMatchObject({ status: 200, body: { openapi: "3.1.0" } });
    const { value } = await sidecar.services.store.createSession("test", new Date());
    const headers = { cookie: `sidehook_session=${value}` };
    for (const name of ["openapi", "asyncapi"]) {
      const response = await sidecar.app.request(`/admin/docs/${name}.json`, { headers });
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toEqual((await call("GET", `/${name}.json`)).body);
      expect((await sidecar.app.request(`/admin/docs/${name}.json`)).status).toBe(303);
    }
  });
});

describe("the page of the document", () => {
  it("is shown to people who are signed in, with every route and every shape", async () => {
    const { value } = await sidecar.services.store.createSession("test", new Date());
    const response = await sidecar.app.request("/admin/docs", {
      headers: { cookie: `sidehook_session=${value}` },
    });
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const page = await response.text();
    for (const { method, path } of operations) expect(page).toContain(`${method.toUpperCase()} ${path}`);
    const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(operations.length);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it("is where a browser is sent that asks for /docs; a program without credentials is told that they are missing", async () => {
    const asBrowser = await sidecar.app.request("/docs", { headers: { accept: "text/html,*/*" } });
    expect([asBrowser.status, asBrowser.headers.get("location")]).toEqual([303, "/admin/docs"]);
    const afterwards = await sidecar.app.request("/admin/docs");
    expect(afterwards.headers.get("location")).toContain("/admin/sign-in");
    expect((await sidecar.app.request("/docs")).status).toBe(401);
  });
});

const covered = new Set<string>();

/** Calls an operation; what is sent and what is answered must be as the document says, to the last field. */
async function expectUse(
  id: string,
  { params = {}, query = "", body, status = 200 }: Use = {},
): Promise<unknown> {
  const operation = operations.find((each) => each.id === id);
  if (!operation) throw new Error(`there is no operation ${id}`);
  const { method, path } = operation;
  const described = document.paths[path]?.[method];
  const asked = body === undefined ? undefined : described?.requestBody?.content["application/json"];
  expect({ id, problems: problemsOf(asked?.schema ?? {}, body) }).toEqual({ id, problems: [] });
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "");
  const answer = await call(method.toUpperCase(), `${address}${query}`, body);
  expect({ id, ...answer }).toMatchObject({ id, status });
  const answered = described?.responses[status];
  const content = answered && "content" in answered ? answered.content?.["application/json"] : undefined;
  expect({ id, problems: problemsOf(content?.schema ?? {}, answer.body) }).toEqual({ id, problems: [] });
  covered.add(id);
  return answer.body;
}

interface Use {
  params?: Readonly<Record<string, string>>;
  query?: string;
  body?: unknown;
  status?: number;
}

async function call(method: string, path: string, body?: unknown) {
  const response = await sidecar.app.request(path, {
    method,
    headers: { authorization: `Bearer ${sidecar.keys.adminToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, body: isJson ? ((await response.json()) as unknown) : null };
}

describe("what the document says holds for", () => {
  it("webhooks", async () => {
    const input = {
      name: "CRM",
      url: receiver.url,
      events: ["payment_*"],
      rateLimit: { limit: 5, per: "second" },
    };
    const { id } = (await expectUse("createWebhook", { body: input, status: 201 })) as { id: string };
    const params = { id };
    await expectUse("listWebhooks", { query: "?limit=1" });
    await expectUse("getWebhook", { params });
    await expectUse("updateWebhook", {
      params,
      body: { timeout: "10s", filter: { a: [1] }, retrySchedule: ["5s"] },
    });
    await expectUse("testWebhook", { params, body: { event: "payment_received" } });
    await expectUse("pauseWebhook", { params });
    await expectUse("resumeWebhook", { params, body: { backlog: "discard" } });
    await expectUse("getSecret", { params });
    await expectUse("rotateSecret", { params, body: { overlap: "1h" } });
    await expectUse("deleteWebhook", { params, status: 204 });
  });

  it("events and deliveries, those that fail among them", async () => {
    const { id: sound } = await sidecar.createWebhook({ url: receiver.url, events: ["described"] });
    const { id: broken } = await sidecar.createWebhook({ url: "http://127.0.0.1:1/", events: ["described"] });
    const event = { type: "described", payload: { a: 1 }, context: { siteId: 3, source: "web" } };
    const sent = await expectUse("sendEvents", {
      body: { events: [event, { ...event, id: "not allowed" }] },
      status: 202,
    });
    const [{ id }] = (sent as { results: [{ id: string }] }).results;
    await expectUse("listEvents", { query: "?type=described" });
    await expectUse("getEvent", { params: { id } });
    const list = (query: string) =>
      expectUse("listDeliveries", { query }) as Promise<{ data: { id: string; attemptCount: number }[] }>;
    const listDelivered = () => list(`?webhookId=${sound}&state=delivered`);
    await expect.poll(async () => (await listDelivered()).data.length).toBe(1);
    await expect.poll(async () => (await list(`?webhookId=${broken}`)).data[0]?.attemptCount).toBe(1);
    const [failed] = (await list(`?webhookId=${broken}`)).data;
    const [delivered] = (await listDelivered()).data;
    for (const each of [failed, delivered])
      await expectUse("getDelivery", { params: { id: each?.id ?? "" } });
    await expectUse("cancelDelivery", { params: { id: failed?.id ?? "" } });
    await expectUse("replayDelivery", { params: { id: delivered?.id ?? "" }, status: 202 });
    await expectUse("readStats", { query: "?bucket=1h" });
  });

  it("replays", async () => {
    const filter = { eventType: "described", since: new Date(0).toISOString() };
    await expectUse("createReplay", { body: { filter, dryRun: true } });
    const made = (await expectUse("createReplay", { body: { filter }, status: 202 })) as { id: string };
    await expectUse("getReplay", { params: { id: made.id } });
    await expectUse("listReplays");
    // It may be over before it is cancelled: then the next one is tried.
    const cancelNew = async () => {
      const { body } = await call("POST", "/v1/replays", { filter });
      const { id } = body as { id: string };
      return (await call("POST", `/v1/replays/${id}/cancel`)).status === 200 ? id : null;
    };
    await expect.poll(cancelNew).not.toBeNull();
    covered.add("cancelReplay");
  });

  it("bins", async () => {
    const { id } = (await expectUse("createBin", { body: { name: "look" }, status: 201 })) as { id: string };
    const params = { id };
    await expectUse("updateBin", { params, body: { answer: { status: 200, body: "taken" } } });
    await expectUse("receiveInBin", { params, body: { a: 1 } });
    await expectUse("listBins");
    await expectUse("getBin", { params });
    await expectUse("listBinRequests", { params });
    await expectUse("deleteBin", { params, status: 204 });
  });

  it("mirrored webhooks", async () => {
    const webhook = { externalId: "7", name: "Theirs", url: receiver.url, events: ["payment_received"] };
    const params = { source: "other-system" };
    await expectUse("mirrorWebhooks", {
      params,
      body: { webhooks: [webhook, { ...webhook, externalId: "8" }] },
    });
    await expectUse("listMirroredWebhooks", { params });
    await expectUse("countMirroredDeliveries", { params });
  });

  it("tokens", async () => {
    const body = { name: "ci", scopes: ["events:write"], expiresAt: "2030-01-01T00:00:00Z" };
    const { id } = (await expectUse("createToken", { body, status: 201 })) as { id: string };
    await expectUse("listTokens");
    await expectUse("deleteToken", { params: { id }, status: 204 });
  });

  it("a person's data", async () => {
    await sidecar.createWebhook({ url: receiver.url, events: ["about_a_person"] });
    await call("POST", "/v1/events", { type: "about_a_person", payload: { email: "robin@example.com" } });
    const body = { email: "robin@example.com", userId: 5 };
    await expectUse("exportPerson", { body });
    await expectUse("erasePerson", { body });
  });

  it("the catalog and the service", async () => {
    await expectUse("listEventTypes");
    await expectUse("getEventType", { params: { type: "sidehook.webhook_held" } });
    await expectUse("getBridge");
    await expectUse("updateBridge", { body: { archive: false } });
    await expectUse("examine");
    for (const id of ["getMetrics", "getHealth", "getReadiness", "getOpenApi", "getAsyncApi"])
      await expectUse(id);
    await expectUse("getDocs", { status: 303 });
  });

  it("what is refused", async () => {
    const unknown = "wh_00000000-0000-7000-8000-000000000000";
    const refused = [
      await call("GET", `/v1/webhooks/${unknown}`),
      await call("POST", "/v1/webhooks", { url: 5 }),
      await call("GET", "/v1/deliveries?limit=0"),
    ];
    expect(refused.map(({ status }) => status)).toEqual([404, 400, 400]);
    const schema = { $ref: "#/components/schemas/Problem" };
    for (const { body } of refused) expect(problemsOf(schema, body)).toEqual([]);
  });

  it("every operation: each was used", () => {
    expect(operations.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual([]);
  });
});

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
const schemas = closed(namedSchemas());

/** What is wrong with a value, fields that are not described among it. */
function problemsOf(schema: JsonSchema, value: unknown): string[] {
  const validate = ajv.compile({ ...(closed(schema) as JsonSchema), components: { schemas } });
  validate(value);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The document lets fields be added; here every one that there is must be described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isOpen = "properties" in schema && "type" in schema && !("additionalProperties" in schema);
  return { ...Object.fromEntries(entries), ...(isOpen && { additionalProperties: false }) };
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    key === "$ref" && typeof item === "string" ? [item] : referencesIn(item),
  );
}

function find(root: OpenApiDocument, reference: string): unknown {
  const path = reference.replace("#/", "").split("/");
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
