import type { Browser, BrowserContext, Page } from "playwright-core";
import { people, type WordPress } from "../../../tools/wordpress.ts";
import { runAxe } from "./axe.ts";
import { watchPage } from "./browser.ts";

/** As WordPress names them. */
export const locales = ["ml_IN", "bn_BD", "hi_IN", "pa_IN", "te"] as const;
const second = "anju";
export const phone = { width: 360, height: 740 };

type Options = NonNullable<Parameters<Browser["newContext"]>[0]>;

interface Visits {
  wordpress: WordPress;
  logIn: (login: string, options?: Options) => Promise<{ context: BrowserContext; page: Page }>;
  /** Of pages of ours inside WordPress. */
  addresses: readonly string[];
}

/** Looks at every page in English and light; answers what is wrong with them. */
export async function visitInEnglish({ wordpress, logIn, addresses }: Visits): Promise<string[]> {
  const { context, page } = await logIn(people.admin, { colorScheme: "light" });
  const { faults } = watchPage(page, [wordpress.url]);
  const findings: string[] = [];
  for (const address of addresses) findings.push(...(await visit(page, address, "en")));
  await context.close();
  return [...findings, ...faults];
}

/** Looks at every page on a phone whose owner wants dark ones, in one of the other languages in turn. */
export async function visitInOthers({ wordpress, logIn, addresses }: Visits): Promise<string[]> {
  await wordpress.php(
    `grant_super_admin( wpmu_create_user( '${second}', '${wordpress.adminPassword}', '${second}@example.com' ) );`,
  );
  const { context, page } = await logIn(second, { colorScheme: "dark", viewport: phone });
  const { faults } = watchPage(page, [wordpress.url]);
  const findings: string[] = [];
  for (const [turn, locale] of locales.entries()) {
    await wordpress.php(
      `update_user_meta( get_user_by( 'login', '${second}' )->ID, 'locale', '${locale}' );`,
    );
    for (const address of addresses.filter((_, index) => index % locales.length === turn)) {
      findings.push(...(await visit(page, address, locale.slice(0, 2))));
    }
  }
  await context.close();
  return [...findings, ...faults];
}

async function visit(page: Page, address: string, language: string): Promise<string[]> {
  const path = new URL(address).searchParams.get("path") ?? "";
  await page.goto(address);
  const spoken = await page.getAttribute("#sidehook", "lang");
  if (spoken !== language) return [`${path} speaks ${spoken}, not ${language}`];
  const findings = [...(await runAxe(page, { part: "#sidehook" })), ...(await findExcess(page))];
  return findings.map((finding) => `${path} in ${language}: ${finding}`);
}

/** Whether a reader has to move the page to and fro. */
export async function findExcess(page: Page): Promise<string[]> {
  const excess = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  return excess > 0 ? [`${excess} px wider than the window`] : [];
}
