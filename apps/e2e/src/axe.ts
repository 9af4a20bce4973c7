import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const wcag22 = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

/**
 * What axe finds against WCAG 2.2 A and AA, each finding in words that lead to it. Folded parts are opened first: they
 * are part of the page.
 *
 * @param part a selector of what is looked at; default: the whole page
 * @param rules ids of the only rules to check, such as those that a colour can break
 */
export async function runAxe(
  page: Page,
  { part = "html", rules }: { part?: string; rules?: readonly string[] } = {},
): Promise<string[]> {
  await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
  const isThere = await page.evaluate<boolean>('"axe" in window');
  if (!isThere) await page.evaluate(axe);
  const options = JSON.stringify({ runOnly: rules ?? wcag22, resultTypes: ["violations"] });
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(part)}, ${options})`);
  return violations.map(
    ({ id, nodes }) => `${id} ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
}
