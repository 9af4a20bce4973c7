import { describe, expect, test } from "vitest";
import { compareTrees, countChanges, parseTree, type ComparedTree } from "./payload-tree.ts";

const parse = (text: string) => {
  const tree = parseTree(text);
  if (!tree) throw new Error("no tree");
  return tree;
};

/** Every value with its mark, by its path. */
function marks(tree: ComparedTree, path = ""): string[] {
  const at = path + (tree.name && `/${tree.name}`);
  const own =
    tree.source === null
      ? []
      : [`${at} ${tree.change} ${tree.source}${tree.before === null ? "" : ` was ${tree.before}`}`];
  return [...own, ...tree.items.flatMap((item) => marks(item, at))];
}

describe("a payload as a tree", () => {
  test("keeps numbers and texts as they were written", () => {
    const text = String.raw`{"total":29.90,"big":12345678901234567890,"text":"\u00e9","none":null,"list":[1.0,{}]}`;
    expect(marks(compareTrees(parse(text), undefined))).toEqual([
      "/total same 29.90",
      "/big same 12345678901234567890",
      String.raw`/text same "\u00e9"`,
      "/none same null",
      "/list/0 same 1.0",
    ]);
  });

  test("marks what is new, gone and different from the one before, and counts it", () => {
    const before = parse(
      '{"id":5,"status":"pending","old":[1,2],"customer":{"name":"Robin","age":3},"tags":[1]}',
    );
    const now = parse(
      '{"id":5,"status":"completed","customer":{"name":"Robin","age":4},"tags":[1,2],"fee":1.50}',
    );
    const tree = compareTrees(now, before);
    expect(marks(tree)).toEqual([
      "/id same 5",
      '/status changed "completed" was "pending"',
      '/customer/name same "Robin"',
      "/customer/age changed 4 was 3",
      "/tags/0 same 1",
      "/tags/1 new 2",
      "/fee new 1.50",
      "/old/0 gone 1",
      "/old/1 gone 2",
    ]);
    expect(countChanges(tree)).toBe(6);
    expect(countChanges(compareTrees(now, now))).toBe(0);
  });

  test("tells a value that has become an object, and the other way round", () => {
    const tree = compareTrees(parse('{"a":{"b":1},"c":2}'), parse('{"a":1,"c":{"d":3}}'));
    expect(marks(tree)).toEqual(["/a/b changed 1", "/c changed 2"]);
  });

  test("is none for a text that is no JSON, or too long to be looked at", () => {
    expect(parseTree("<html>")).toBeUndefined();
    expect(parseTree(JSON.stringify("x".repeat(40_000)))).toBeUndefined();
  });
});
