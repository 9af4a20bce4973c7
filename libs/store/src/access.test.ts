import { describe, expect, test } from "vitest";
import { NotFoundError } from "./store.ts";
import { openTestStore, testBackends } from "./testing.ts";

const now = new Date("2026-11-20T10:00:00.000Z");
const at = (ms: number) => new Date(now.getTime() + ms);

describe.each(testBackends)("API tokens on $name", (backend) => {
  test("are found by their value until they expire", async () => {
    await using store = await openTestStore(backend);
    const input = { name: "CI", scopes: ["events:write", "admin"], expiresAt: at(1_000) };
    const { token, value } = await store.createToken(input, now);
    expect(token).toEqual({ ...input, id: expect.stringMatching(/^tok_/), createdAt: now, lastUsedAt: null });
    expect(await store.findToken(value, at(999))).toMatchObject({ id: token.id, scopes: input.scopes });
    expect(await store.findToken(value, at(1_000))).toBeUndefined();
    expect(await store.findToken(`${value}x`, now)).toBeUndefined();
    expect(await store.findToken("\u0000", now)).toBeUndefined();
  });

  test("tell to the minute when they were last used", async () => {
    await using store = await openTestStore(backend);
    const { token, value } = await store.createToken({ name: "", scopes: [], expiresAt: null }, now);
    await store.findToken(value, at(0));
    await store.findToken(value, at(59_999));
    expect(await store.listTokens()).toEqual([{ ...token, lastUsedAt: at(0) }]);
    await store.findToken(value, at(60_000));
    expect(await store.listTokens()).toEqual([{ ...token, lastUsedAt: at(60_000) }]);
  });

  test("are of no use once deleted", async () => {
    await using store = await openTestStore(backend);
    const { token, value } = await store.createToken({ name: "", scopes: [], expiresAt: null }, now);
    await store.deleteToken(token.id);
    expect(await store.findToken(value, now)).toBeUndefined();
    await expect(store.deleteToken(token.id)).rejects.toThrow(NotFoundError);
  });
});

describe.each(testBackends)("sessions on $name", (backend) => {
  test("are found by their value until they expire or are deleted", async () => {
    await using store = await openTestStore(backend);
    const { session, value } = await store.createSession("token", now);
    expect(session).toMatchObject({ signedInBy: "token", createdAt: now });
    expect(session.csrfToken.length).toBeGreaterThan(20);
    expect(await store.findSession(value, now)).toEqual(session);
    expect(await store.findSession(session.id, now)).toBeUndefined();
    expect(await store.findSession(value, session.expiresAt)).toBeUndefined();
    await store.deleteSession(session.id);
    await store.deleteSession(session.id);
    expect(await store.findSession(value, now)).toBeUndefined();
  });
});

describe.each(testBackends)("a value for one use on $name", (backend) => {
  test("is taken once until it expires", async () => {
    await using store = await openTestStore(backend);
    expect(await store.useOnce("a", at(1_000), now)).toBe(true);
    expect(await store.useOnce("a", at(5_000), at(999))).toBe(false);
    expect(await store.useOnce("b", at(1_000), now)).toBe(true);
    expect(await store.useOnce("a", at(5_000), at(1_000))).toBe(true);
    expect(await store.useOnce("a", at(9_000), at(4_999))).toBe(false);
  });

  test("is taken by one of many who come at the same time", async () => {
    await using store = await openTestStore(backend);
    await using other = await store.openAnother();
    const uses = Array.from({ length: 20 }, (_, n) => (n % 2 ? store : other).useOnce("a", at(1_000), now));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
  });
});

test.each(testBackends)(
  "no value of a token, session or link can be read from the $name database",
  async (backend) => {
    await using store = await openTestStore(backend);
    const { value: token } = await store.createToken({ name: "", scopes: [], expiresAt: null }, now);
    const { value: session } = await store.createSession("link", now);
    await store.useOnce("sign-in-link", at(1_000), now);
    for (const table of ["tokens", "sessions", "used_values"]) {
      const rows = JSON.stringify(await store.runSql(`select * from ${table}`));
      expect(rows).toContain("value_hash");
      for (const value of [token, session, "sign-in-link"]) expect(rows).not.toContain(value.slice(-12));
    }
  },
);
