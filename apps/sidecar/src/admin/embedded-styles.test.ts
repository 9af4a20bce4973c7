import { expect, test } from "vitest";
import { assets } from "./assets.ts";
import { embedStyles } from "./embedded-styles.ts";

const inside = (css: string) => embedStyles(css).split("#sidehook {\n")[1]?.replace(/\n\}$/, "");

test("what speaks of the whole page speaks of the element", () => {
  expect(inside(":root { color: red }")).toBe("& { color: red }");
  expect(inside("html, body > p { color: red }")).toBe("&, & > p { color: red }");
  expect(inside("html:has(dialog[open]) { color: red }")).toBe("&:has(dialog[open]) { color: red }");
  expect(inside(".with-script .copy { color: red }")).toBe("&.with-script .copy { color: red }");
  expect(inside("main > h1, .framed > main { color: red }")).toBe(
    ".main > h1, .framed > .main { color: red }",
  );
});

test("what only looks like it stays as it is", () => {
  const css = ".body, #main, .a-main { grid-area: main; main-size: body }";
  expect(inside(css)).toBe(css);
});

test("rules inside rules, and rules that cannot stand inside one, keep their meaning", () => {
  expect(inside("@media (min-width: 1rem) { html { margin: 0 } .a { color: red } }")).toBe(
    "@media (min-width: 1rem) { & { margin: 0 } .a { color: red } }",
  );
  const frames = "@keyframes fade { from { opacity: 0 } }";
  expect(embedStyles(`/* { */ ${frames} p { animation: fade }`).startsWith(frames)).toBe(true);
  expect(inside(`${frames} p { animation: fade }`)).toBe("p { animation: fade }");
  expect(inside("@view-transition { navigation: auto } p { color: red }")).toBe("p { color: red }");
});

test("says nothing about anything but the element: all of our styles are inside of it", () => {
  const outside = assets.embeddedStyles.content
    .replace(/#sidehook \{\n.*\n\}$/s, "")
    .replaceAll(/^#sidehook :where[^{]*\{ all: revert \}$/gm, "")
    .replaceAll(/@(?:keyframes|property|font-face) [^{]*\{(?:[^{}]|\{[^{}]*\})*\}/g, "");
  expect(outside.trim()).toBe("");
  const selectors = assets.embeddedStyles.content.match(/[^{};]+(?=\{)/g) ?? [];
  expect(selectors.filter((each) => /(?:^|[\s,(>])(?::root|html|body|main)(?![\w-])/.test(each))).toEqual([]);
});
