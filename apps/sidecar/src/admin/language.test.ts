import { IntlMessageFormat } from "intl-messageformat";
import { expect, test } from "vitest";
import { formatJson } from "./components/json.ts";
import { chooseSpeech } from "./language.ts";
import { en } from "./locales/en.ts";

test("every message is well formed", () => {
  for (const message of Object.values(en)) {
    expect(() => new IntlMessageFormat(message, "en")).not.toThrow();
  }
});

test("a language that is not there falls back to English", () => {
  expect(chooseSpeech("xx, en-GB;q=0.8, *;q=0.1")).toMatchObject({ language: "en", direction: "ltr" });
  expect(chooseSpeech(undefined).language).toBe("en");
  expect(chooseSpeech(";;q=,,").language).toBe("en");
});

test("plurals and values are said as ICU says them", () => {
  const { t } = chooseSpeech("en");
  expect(t("webhook.resumeSend", { count: 1 })).toBe("Resume and send 1 delivery");
  expect(t("webhook.resumeSend", { count: 1234 })).toBe("Resume and send 1,234 deliveries");
  expect(t("number", { count: 10_000 })).toBe("10,000 or more");
});

test("JSON is laid out without touching a value", () => {
  expect(formatJson('{"a":29.90,"b":[1,{"c":"x, {y}: \\"z\\""}],"d":{},"e":[ ]}')).toBe(
    '{\n  "a": 29.90,\n  "b": [\n    1,\n    {\n      "c": "x, {y}: \\"z\\""\n    }\n  ],\n  "d": {},\n  "e": []\n}',
  );
  expect(formatJson("12345678901234567890")).toBe("12345678901234567890");
  expect(formatJson("not json")).toBeNull();
  expect(formatJson("")).toBeNull();
});

test("JSON that is laid out already stays as it is", () => {
  const text = JSON.stringify({ a: [1, 2, { b: null }], c: "d" }, null, 2);
  expect(formatJson(text)).toBe(text);
});
