import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidEventError, maxPayloadBytes, maxPayloadDepth, parseEvent, type Problem } from "./index.ts";

interface Fixture {
  requests: {
    name: string;
    body: unknown;
    results: { id?: string; status: string; problems?: string[] }[];
  }[];
}

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/ingest-request.json", import.meta.url), "utf8"),
) as Fixture;

const madeId = "evt_made-here";
const defaults = { newId: () => madeId, now: () => new Date("2026-11-22T00:00:00Z") };

describe("an ingest request with", () => {
  it.each(fixture.requests)("$name", ({ body, results }) => {
    const items = (body as { events?: unknown[] }).events ?? [body];
    const known = new Set<string>();
    expect(items.map((item) => resultOf(item, known))).toEqual(results);
  });
});

/** What the sidecar answers for one event, given the ids it already knows. */
function resultOf(item: unknown, known: Set<string>): Fixture["requests"][number]["results"][number] {
  try {
    const { id } = parseEvent(item, defaults);
    const status = known.has(id) ? "duplicate" : "accepted";
    known.add(id);
    return id === madeId ? { status } : { id, status };
  } catch (error) {
    if (!(error instanceof InvalidEventError)) throw error;
    return { status: "rejected", problems: error.problems.map(({ path }) => path) };
  }
}

describe("parseEvent", () => {
  it("keeps the text of a payload byte for byte", () => {
    const payload = ' {"url":"https:\\/\\/shop.example","n":1.0,"n":2,"big":12345678901234567890}\n';
    expect(parseEvent({ type: "a", payload }, defaults).payload).toBe(payload);
  });

  it("writes a payload that is an object once", () => {
    const payload = { b: 1, a: ["ü", null], "": "\ud800" };
    expect(parseEvent({ type: "a", payload }, defaults).payload).toBe('{"b":1,"a":["ü",null],"":"\\ud800"}');
  });

  it("gives an event without id, time and context what it lacks", () => {
    const { id, occurredAt, context } = parseEvent({ type: "a", payload: {} }, defaults);
    expect({ id, occurredAt, context }).toEqual({
      id: madeId,
      occurredAt: "2026-11-22T00:00:00.000Z",
      context: {},
    });
  });

  it("takes from a context what it knows and nothing else", () => {
    const context = JSON.parse('{"siteId":3,"actorUserId":null,"__proto__":{"networkId":1},"x":1}') as object;
    const parsed = parseEvent({ type: "a", payload: {}, context }, defaults).context;
    expect(parsed).toStrictEqual({ siteId: 3 });
    expect(parsed.networkId).toBeUndefined();
  });

  it("takes the webhooks an event was left to as a list of numbers only", () => {
    const contextOf = (takenOver: unknown) =>
      parseEvent({ type: "a", payload: {}, context: { takenOver } }, defaults).context;
    expect(contextOf([3, 17])).toEqual({ takenOver: [3, 17] });
    for (const wrong of [17, "17", ["17"], [1.5], [null], Array.from({ length: 5001 }, () => 1)]) {
      const paths = problemsOf({ type: "a", payload: {}, context: { takenOver: wrong } }).map(
        ({ path }) => path,
      );
      expect(paths).toEqual(["context.takenOver"]);
    }
  });

  it("says in its message what is wrong and never what was sent", () => {
    const secret = "hunter2!";
    const event = {
      id: secret,
      type: secret,
      occurredAt: secret,
      payload: secret,
      context: { siteUrl: secret },
    };
    const error = errorOf(event);
    expect(error.message).toContain("id: must be 1 to 64 characters");
    expect(error.message).not.toContain(secret);
  });

  it("measures a payload in bytes, not in characters", () => {
    const fits = `{"a":"${"ü".repeat((maxPayloadBytes - 8) / 2)}"}`;
    expect(Buffer.byteLength(fits)).toBe(maxPayloadBytes);
    expect(parseEvent({ type: "a", payload: fits }, defaults).payload).toBe(fits);
    const message = `must be at most ${maxPayloadBytes} bytes, has ${maxPayloadBytes + 1}`;
    expect(problemsOf({ type: "a", payload: `${fits} ` })).toEqual([{ path: "payload", message }]);
    const object = { a: `${"ü".repeat((maxPayloadBytes - 8) / 2)}x` };
    expect(problemsOf({ type: "a", payload: object })).toEqual([{ path: "payload", message }]);
  });

  it("refuses a payload that is nested deeper than others can read", () => {
    const problem = { path: "payload", message: `must be nested at most ${maxPayloadDepth} deep` };
    for (const [open, close] of [
      ['{"a":', "}"],
      ["[", "]"],
    ] as const) {
      const nested = (depth: number) => `{"a":${open.repeat(depth - 2)}{}${close.repeat(depth - 2)}}`;
      const [deepest, tooDeep] = [nested(maxPayloadDepth), nested(maxPayloadDepth + 1)];
      expect(parseEvent({ type: "a", payload: deepest }, defaults).payload).toBe(deepest);
      expect(parseEvent({ type: "a", payload: JSON.parse(deepest) }, defaults).payload).toBe(deepest);
      expect(problemsOf({ type: "a", payload: tooDeep })).toEqual([problem]);
      expect(problemsOf({ type: "a", payload: JSON.parse(tooDeep) })).toEqual([problem]);
    }
  });

  it("refuses a million brackets instead of running out of stack", () => {
    const payload = JSON.parse(`{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`) as object;
    expect(problemsOf({ type: "a", payload }).map(({ path }) => path)).toEqual(["payload"]);
  });

  it("refuses text that is not well-formed Unicode, which no database would give back", () => {
    const context = { source: "\ud800", requestId: "\udc00", siteUrl: "https://shop.example/\ud800" };
    const paths = problemsOf({ type: "a", payload: '{"a":"\ud800"}', context }).map(({ path }) => path);
    expect(paths).toEqual(["payload", "context.siteUrl", "context.source", "context.requestId"]);
    expect(parseEvent({ type: "a", payload: '{"a":"\\ud800"}' }, defaults).payload).toBe('{"a":"\\ud800"}');
  });
});

function errorOf(event: unknown): InvalidEventError {
  try {
    parseEvent(event, defaults);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
  throw new Error("the event was accepted");
}

function problemsOf(event: unknown): readonly Problem[] {
  return errorOf(event).problems;
}
