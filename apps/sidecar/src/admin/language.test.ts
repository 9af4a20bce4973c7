import { IntlMessageFormat } from "intl-messageformat";
import { expect, test } from "vitest";
import { formatJson } from "./components/json.ts";
import { chooseSpeech, languageNames } from "./language.ts";
import { en } from "./locales/en.ts";

/** Names of what is filled in, whatever the branch of a plural they stand in. */
function argumentsOf(message: string, language: string): string[] {
  const names = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("type" in value && value.type !== 0 && "value" in value && typeof value.value === "string") {
      names.add(value.value);
    }
    Object.values(value).forEach(collect);
  };
  collect(new IntlMessageFormat(message, language).getAst());
  return [...names].toSorted();
}

test.each([...languageNames.keys()])(
  "every message in %s is well formed and says what English says",
  async (tag) => {
    const { [tag]: messages } = (await import(`./locales/${tag}.ts`)) as Record<string, typeof en>;
    for (const [key, message] of Object.entries(messages ?? {})) {
      const english = argumentsOf(en[key as keyof typeof en], "en");
      expect({ key, names: argumentsOf(message, tag) }).toEqual({ key, names: english });
      expect({ key, isEmpty: message.trim() === "" }).toEqual({ key, isEmpty: false });
    }
  },
);

test("a language from right to left is laid out so", () => {
  expect(chooseSpeech("ar-XB")).toMatchObject({ language: "ar-XB", direction: "rtl" });
  expect(languageNames.has("ar-XB")).toBe(false);
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
