import { readFileSync } from "node:fs";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, it } from "vitest";
import { InvalidSignatureError, isSecret, newSecret, sign, verify } from "./signature.ts";

interface Vectors {
  sign: { name: string; secret: string; id: string; timestamp: number; body: string; signature: string }[];
  verify: {
    name: string;
    secrets: string[];
    headers: Record<string, string>;
    body: string;
    now: number;
    expected: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../fixtures/signatures.json", import.meta.url), "utf8"),
) as Vectors;
const example = vectors.verify.find(({ expected }) => expected === "valid");
if (!example) throw new Error("signatures.json has no valid request");

describe("sign", () => {
  it.each(vectors.sign)("knows $name", ({ secret, id, timestamp, body, signature }) => {
    expect(sign(secret, id, timestamp, body)).toBe(signature);
    expect(sign(secret, id, timestamp, Buffer.from(body))).toBe(signature);
  });

  it.each([
    ["an empty id", "", 1],
    ["an id with a dot, by which a timestamp could pass for a part of it", "evt.1", 1],
    ["a timestamp with a fraction", "evt_1", 1.5],
    ["a timestamp below zero", "evt_1", -1],
    ["a timestamp that is no number", "evt_1", Number.NaN],
  ])("refuses %s", (_, id, timestamp) => {
    expect(() => sign(newSecret(), id, timestamp, "{}")).toThrow(TypeError);
  });
});

describe("verify", () => {
  it.each(vectors.verify)("answers $expected to $name", ({ secrets, headers, body, now, expected }) => {
    const sources = [
      headers,
      new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    ];
    const results = sources.flatMap((source) => [
      resultOf(() => verify(secrets, asSource(source), body, { now })),
      resultOf(() => verify(secrets, asSource(source), Buffer.from(body), { now })),
    ]);
    expect(new Set(results)).toEqual(new Set([expected]));
  });

  it("answers the id and the time of the request", () => {
    const secret = newSecret();
    const headers = new Headers({
      "webhook-id": "evt_1",
      "webhook-timestamp": "1000",
      "webhook-signature": sign(secret, "evt_1", 1000, "{}"),
    });
    expect(verify(secret, headers, "{}", { now: 1000 })).toEqual({ id: "evt_1", timestamp: 1000 });
  });

  it("reads the clock if it is not told the time", () => {
    const secret = newSecret();
    const now = Math.floor(Date.now() / 1000);
    const headersAt = (time: number) => ({
      "webhook-id": "evt_1",
      "webhook-timestamp": String(time),
      "webhook-signature": sign(secret, "evt_1", time, "{}"),
    });
    expect(verify(secret, headersAt(now), "{}").id).toBe("evt_1");
    expect(resultOf(() => verify(secret, headersAt(now - 400), "{}"))).toBe("too-old");
  });

  it("lets nothing through when its clock is not a number", () => {
    const { secrets, headers, body } = example;
    expect(resultOf(() => verify(secrets, headers, body, { now: Number.NaN }))).toBe("in-future");
  });

  it("reads a header that Node gives as a list, and takes none that is no text", () => {
    const { secrets, headers, body, now } = example;
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    expect(resultOf(() => verify(secrets, lists, body, { now }))).toBe("valid");
    const empty = { ...headers, "webhook-id": [] };
    expect(resultOf(() => verify(secrets, empty, body, { now }))).toBe("missing-header");
  });

  it("never tells a secret or a signature in its errors", () => {
    for (const { secrets, headers, body, now } of vectors.verify) {
      const message = messageOf(() => verify(secrets, headers, body, { now }));
      for (const secret of secrets.filter((text) => text.length > "whsec_".length)) {
        expect(message).not.toContain(secret);
      }
      expect(message).not.toMatch(/v1,/);
    }
  });
});

describe("other libraries", () => {
  const secret = newSecret();
  const body = '{"title":"Bäckerei 🍞"}';
  const now = new Date();
  const timestamp = Math.floor(now.getTime() / 1000);

  it.each([
    ["standardwebhooks", new StandardWebhook(secret)],
    ["svix", new SvixWebhook(secret)],
  ])("%s verifies what is signed here, and the other way round", (_, library) => {
    const ours = sign(secret, "evt_1", timestamp, body);
    expect(library.sign("evt_1", now, body)).toBe(ours);
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": String(timestamp),
      "webhook-signature": `${sign(newSecret(), "evt_1", timestamp, body)} ${ours}`,
    };
    expect(() => library.verify(body, headers)).not.toThrow();
    expect(() => library.verify(`${body} `, headers)).toThrow("No matching signature found");
    const theirs = { ...headers, "webhook-signature": library.sign("evt_1", now, body) };
    expect(verify(secret, theirs, body, { now: timestamp }).id).toBe("evt_1");
  });
});

describe("a secret", () => {
  it("is new each time, and usable", () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(isSecret(secret)).toBe(true);
  });

  it.each([
    "A".repeat(33),
    `${"A".repeat(32)}=`,
    `${"A".repeat(34)}=`,
    ` ${"A".repeat(32)}`,
    `${"A".repeat(32)}\n`,
  ])("is not %j, which other languages could not read", (text) => {
    expect(isSecret(text)).toBe(false);
  });

  it.each(["A".repeat(32), `${"A".repeat(34)}==`, "A".repeat(34), `${"A".repeat(35)}=`])(
    "may be %j",
    (text) => {
      expect(isSecret(text)).toBe(true);
      expect(isSecret(`whsec_${text}`)).toBe(true);
    },
  );
});

function asSource(source: Record<string, string> | Map<string, string>) {
  return source instanceof Map ? { get: (name: string) => source.get(name) ?? null } : source;
}

function resultOf(call: () => unknown): string {
  try {
    call();
    return "valid";
  } catch (error) {
    if (error instanceof InvalidSignatureError) return error.problem;
    if (error instanceof TypeError) return "bad-secret";
    throw error;
  }
}

function messageOf(call: () => unknown): string {
  try {
    call();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}
