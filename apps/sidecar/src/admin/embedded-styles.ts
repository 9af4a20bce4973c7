/** Rules that mean nothing inside another one; names and the page as a whole stay as they are. */
const standsAlone = /^@(keyframes|font-face|property|page|counter-style)\b/;
/** Would speak for the whole of WordPress's page. */
const speaksForAll = /^@(charset|import|view-transition|namespace)\b/;

/** Undoes what the other page says. Pictures keep their sizes, which `revert` would take away. */
const undone = [
  "#sidehook :where(:not(svg, svg *, img)) { all: revert }",
  "#sidehook :where(*)::before, #sidehook :where(*)::after { all: revert }",
];

/**
 * Turns the styles of our own pages into styles of the element `#sidehook` on somebody else's page: everything the
 * other page's styles say about its insides is undone, then ours are said with the weight of its id.
 *
 * @example embedStyles("body { margin: 0 }") // "#sidehook :where(…) { all: revert } #sidehook { & { margin: 0 } }"
 */
export function embedStyles(css: string): string {
  const rules = splitRules(css.replace(/\/\*.*?\*\//gs, ""));
  const outside = rules.filter((rule) => standsAlone.test(rule));
  const inside = rules.filter((rule) => !standsAlone.test(rule) && !speaksForAll.test(rule));
  return [...outside, ...undone, `#sidehook {\n${inside.map(renameRoots).join("\n")}\n}`].join("\n");
}

/** The rules of a style sheet, each with its braces; strings in it hold none. */
function splitRules(css: string): string[] {
  const rules: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: mark, index } of css.matchAll(/[{};]/g)) {
    if (mark !== ";") depth += mark === "{" ? 1 : -1;
    if (depth === 0 && mark !== "{") {
      rules.push(css.slice(start, index + 1).trim());
      start = index + 1;
    }
  }
  return rules;
}

/** There is no page of ours to speak of: the element is all of it. WordPress has the `main`. */
function renameRoots(rule: string): string {
  return rule.replaceAll(/[^{};]+(?=\{)/g, (selectors) =>
    selectors
      .replaceAll(/(?<=^|[\s,(>])\.with-script(?![\w-])/g, "&.with-script")
      .replaceAll(/(?<=^|[\s,(>])(?::root|html|body)(?![\w-])/g, "&")
      .replaceAll(/(?<=^|[\s,(>])main(?![\w-])/g, ".main"),
  );
}
