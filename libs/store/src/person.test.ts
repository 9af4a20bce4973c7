import { describe, expect, test } from "vitest";
import { eventTypes } from "@sidehook/events";
import { matchPerson } from "./person.ts";

const robin = matchPerson({ email: "robin.o'hara+news@example.com", userId: 9 });
const plain = matchPerson({ email: "robin@example.com", userId: null });

describe("a person's e-mail address", () => {
  test.each([
    ["as it is", "robin@example.com"],
    ["with a name, in capitals", 'To: "Robin" <ROBIN@Example.COM>,'],
    ["at the end of a sentence", "Write to robin@example.com."],
    ["after what looks like a part of it", "...robin@example.com"],
    ["after a line break in JSON", '{"a":"1\\nrobin@example.com"}'],
    [
      "in JSON in JSON in JSON",
      JSON.stringify({ a: JSON.stringify({ b: JSON.stringify("\trobin@example.com") }) }),
    ],
    ["with escaped characters", '{"a":"robin\\u0040example.com"}'],
    ["in JSON in JSON with escaped characters", '{"a":"{\\"b\\":\\"robin\\\\u0040example\\\\u002ecom\\"}"}'],
    ["in a query", "https://a.example/?email=robin%40example.com&b=1"],
    ["as HTML", "<a href='mailto:robin&#64;example.com'>robin&#x40;example.com</a>"],
  ])("is found %s", (_, text) => {
    expect(plain.isNamedIn(text)).toBe(true);
  });

  test.each([
    "maxrobin@example.com",
    "max.robin@example.com",
    "robin@example.community",
    "robin@example.com.au",
    "robin",
  ])("is not found in %s, which is not theirs", (text) => {
    expect(plain.isNamedIn(text)).toBe(false);
  });

  test("may hold whatever an address may hold", () => {
    expect(robin.isNamedIn('{"to":"robin.o\'hara+news@example.com"}')).toBe(true);
    expect(robin.isNamedIn("?to=robin.o%27hara%2Bnews%40example.com")).toBe(true);
    expect(robin.isNamedIn("robinxo'hara+news@example.com")).toBe(false);
    const zoe = matchPerson({ email: "zoë@bücher.example", userId: null });
    expect(zoe.isNamedIn('{"a":"zo\\u00eb@b\\u00fccher.example"}')).toBe(true);
    expect(zoe.isNamedIn("?a=zo%C3%AB%40b%C3%BCcher.example")).toBe(true);
  });
});

describe("a person's user id", () => {
  test.each(['{"user_id":9,"a":1}', '{"customer_user_id":"9"}', '{"a":{"author_id": 9 }}'])(
    "is found in %s",
    (payload) => {
      expect(robin.isSubjectOf(payload)).toBe(true);
    },
  );

  test.each(['{"user_id":91}', '{"site_id":9}', '{"user_ids":"9"}', '{"user_id":"19"}', '{"a":9}'])(
    "is not found in %s",
    (payload) => {
      expect(robin.isSubjectOf(payload)).toBe(false);
    },
  );
});

describe("the catalog", () => {
  test("says of every event with personal data who it is about, but for these", () => {
    const anybody = /"[^"]*@example\.(com|org|net)"|"(?:\w*_)?(?:user|author)_id":"?\d/;
    const nobodys = eventTypes
      .filter(({ fields }) => fields.some(({ isPersonal }) => isPersonal))
      .filter(({ sample }) => !anybody.test(JSON.stringify(sample)));
    // They name a person by a name or number of another kind only, and go with retention.
    expect(nobodys.map(({ type }) => type)).toEqual([
      "membership_cancelled",
      "wp_comment_created",
      "wp_login_failed",
      "wp_mail_failed",
    ]);
  });
});
