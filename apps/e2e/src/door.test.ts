import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newSecret, sign } from "@sidehook/events/signature";
import { startSidecar, type Sidecar } from "./sidecar.ts";
import { describeE2e } from "./skip.ts";

interface Problem {
  status: number;
  title: string;
  detail: string;
  problems?: { path: string; message: string }[];
}

describeE2e("bad input at the door of a running sidecar", () => {
  let sidecar: Sidecar;
  beforeAll(async () => (sidecar = await startSidecar()));
  afterAll(() => sidecar.stop());

  const event = { type: "payment_received", payload: { payment_id: 5 } };

  async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
    const response = await fetch(`${sidecar.url}/v1/events`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${sidecar.adminToken}`,
        "content-type": "application/json",
        ...headers,
      },
      body,
    });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      body: (await response.json()) as unknown,
    };
  }

  async function expectProblem(
    status: number,
    answer: Promise<Awaited<ReturnType<typeof post>>>,
  ): Promise<Problem> {
    const { status: actual, type, body } = await answer;
    expect({ actual, body }).toMatchObject({ actual: status });
    expect(type).toBe("application/problem+json");
    expect(body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    return body as Problem;
  }

  function signed(body: string, { secret = sidecar.bridgeKey, ageSeconds = 0 } = {}) {
    const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
    const id = `msg_${Math.random().toString(36).slice(2)}`;
    return {
      authorization: "",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": sign(secret, id, timestamp, body),
    };
  }

  it("malformed JSON is 400", async () => {
    await expectProblem(400, post('{"type": "payment_received", '));
  });

  it("wrong types are 400, and every one is named", async () => {
    const wrong = {
      id: 7,
      type: "Payment Received",
      occurredAt: "yesterday",
      payload: [1],
      context: { siteId: "one" },
    };
    const { problems } = await expectProblem(400, post(JSON.stringify(wrong)));
    expect(problems?.map(({ path }) => path)).toEqual([
      "id",
      "type",
      "occurredAt",
      "payload",
      "context.siteId",
    ]);
  });

  it("a payload of 300 KiB is refused with its size", async () => {
    const payload = JSON.stringify({ text: "x".repeat(300 * 1024) });
    const { problems } = await expectProblem(400, post(JSON.stringify({ type: "a", payload })));
    expect(problems).toEqual([{ path: "payload", message: expect.stringContaining("at most 262144 bytes") }]);
  });

  it("501 events are 413", async () => {
    await expectProblem(413, post(JSON.stringify({ events: Array.from({ length: 501 }, () => event) })));
  });

  it("more than 8 MiB is 413, also when it is so only after unpacking", async () => {
    const large = JSON.stringify({
      events: Array.from({ length: 40 }, () => ({ type: "a", payload: { text: "x".repeat(250_000) } })),
    });
    await expectProblem(413, post(large));
    await expectProblem(413, post(new Uint8Array(gzipSync(large)), { "content-encoding": "gzip" }));
  });

  it("a wrong signature is 401, and so is a stale one, none, and an unknown token", async () => {
    const body = JSON.stringify(event);
    await expectProblem(401, post(body, signed(body, { secret: newSecret() })));
    await expectProblem(401, post(body, signed(`${body} `)));
    await expectProblem(401, post(body, signed(body, { ageSeconds: 301 })));
    await expectProblem(401, post(body, signed(body, { ageSeconds: -330 })));
    await expectProblem(401, post(body, { authorization: "" }));
    await expectProblem(401, post(body, { authorization: "Bearer sidehook_of_somebody_else" }));
    expect((await post(body, signed(body))).status).toBe(202);
  });

  it("takes the good events of a mixed batch and says what is wrong with the others", async () => {
    const events = [
      event,
      { type: "BAD", payload: 1 },
      { ...event, id: "mine-1" },
      "nothing",
      { ...event, id: "mine-1" },
    ];
    const { status, body } = await post(JSON.stringify({ events }));
    expect(status).toBe(202);
    const { results } = body as { results: { id: string; status: string; problems?: { path: string }[] }[] };
    expect(results.map(({ status }) => status)).toEqual([
      "accepted",
      "rejected",
      "accepted",
      "rejected",
      "duplicate",
    ]);
    expect(results[1]?.problems?.map(({ path }) => path)).toEqual(["type", "payload"]);
    expect(results[2]?.id).toBe("mine-1");
  });

  it("answers a repeated signed request without making its events twice", async () => {
    const body = JSON.stringify({ events: [event, event] });
    const headers = signed(body);
    const first = await post(body, headers);
    const second = await post(body, headers);
    const statuses = (answer: { body: unknown }) =>
      (answer.body as { results: { status: string }[] }).results.map(({ status }) => status);
    expect(statuses(first)).toEqual(["accepted", "accepted"]);
    expect(statuses(second)).toEqual(["duplicate", "duplicate"]);
  });
});
