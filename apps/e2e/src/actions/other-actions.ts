import { expect } from "vitest";
import { arrive, fill, follow, happen, make, open, press, read, type Action, type Stage } from "./stage.ts";

/** What is done with everything else. */
export const otherActions: readonly Action[] = [
  { name: "makes a bin, programs its answer and deletes it", run: useBin },
  { name: "keeps every event, and only what is wanted again", run: switchArchive },
  { name: "makes a token that works, and deletes it", run: useToken },
  { name: "searches the catalog, and sends a test event from it", run: testFromCatalog },
  { name: "shows seven days of the overview", run: showWeek },
  { name: "checks again what the doctor has found", run: checkAgain },
  { name: "speaks the language that is chosen, and another one again", run: chooseLanguage },
  { name: "signs out another person", run: signOutAnother },
  { name: "signs out, and in again", run: signOutAndIn },
];

async function useBin(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  await open(stage, "/bins");
  await fill(stage, words.newBin, "Mine");
  await press(stage, words.addBin);
  await page.waitForURL(/notice=binAdded/);
  const id = /(bin_[\w-]+)/.exec(page.url())?.[1] ?? "";
  await page.locator("summary").first().click();
  await fill(stage, words.status, "418");
  await press(stage, words.saveAnswer);
  await page.waitForURL(/notice=saved/);
  const answer = await fetch(`${sidecar.url}/bin/${id}`, { method: "POST", body: "hello bin" });
  expect(answer.status).toBe(418);
  await open(stage, `/bins/${id}`);
  await page.getByText("hello bin").first().waitFor();
  await follow(stage, words.deleteBin);
  await press(stage, words.deleteBin);
  await page.waitForURL(/notice=binDeleted/);
  expect((await fetch(`${sidecar.url}/bin/${id}`, { method: "POST" })).status).toBe(404);
}

async function switchArchive(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const isKept = async () => (await read<{ archive: boolean }>(stage, "/v1/bridge")).archive;
  await open(stage, "/settings");
  await press(stage, words.keep);
  await page.waitForURL(/notice=archiveOn/);
  expect(await isKept()).toBe(true);
  await press(stage, words.keepNoMore);
  await page.waitForURL(/notice=archiveOff/);
  expect(await isKept()).toBe(false);
}

async function useToken(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  await open(stage, "/settings/access");
  await fill(stage, words.name, "Reports");
  await page.getByLabel("webhooks:read", { exact: true }).check();
  await press(stage, words.makeToken);
  const token = (await page.locator(".success .literal").textContent()) ?? "";
  const ask = () =>
    fetch(`${sidecar.url}/v1/webhooks`, { headers: { authorization: `Bearer ${token}` } }).then(
      ({ status }) => status,
    );
  expect(await ask()).toBe(200);
  const row = page.getByRole("row", { name: "Reports" });
  await row.getByRole("link", { name: words.deleteToken, exact: true }).click();
  await press(stage, words.deleteForGood);
  await page.waitForURL(/notice=tokenDeleted/);
  expect(await ask()).toBe(401);
}

async function testFromCatalog(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage, ["domain_created"]);
  await open(stage, "/event-types");
  await fill(stage, words.search, "domain_created");
  await press(stage, words.filter);
  await page.waitForURL(/q=domain_created/);
  await page.locator('th a[href$="/event-types/domain_created"]').click();
  const row = page.getByRole("row", { name: webhook.name });
  await row.getByRole("button", { name: words.sendTest }).click();
  await page.getByText(words.worked).waitFor();
  await arrive(stage, webhook.path);
}

async function showWeek(stage: Stage): Promise<void> {
  const { page, words } = stage;
  await make(stage);
  await happen(stage);
  await open(stage, "/overview");
  await follow(stage, words.sevenDays);
  await page.waitForURL(/range=7d/);
  expect(await page.locator('.ranges [aria-current="true"]').textContent()).toBe(words.sevenDays);
  expect(await page.locator(".chart").count()).toBe(2);
}

async function checkAgain(stage: Stage): Promise<void> {
  const { page, words } = stage;
  await open(stage, "/doctor");
  const { checks } = await read<{ checks: { state: string }[] }>(stage, "/v1/doctor");
  // The same address again: only a new document tells that the checks were made anew.
  await Promise.all([page.waitForEvent("load"), follow(stage, words.checkAgain)]);
  expect(await page.locator(".checks li").count()).toBe(checks.length);
}

async function chooseLanguage(stage: Stage): Promise<void> {
  const { page, words } = stage;
  await open(stage, "/settings");
  const own = (await page.getAttribute("html", "lang")) ?? "";
  await page.locator("select[name=language]").selectOption("te");
  await press(stage, words.useLanguage);
  await page.locator('html[lang="te"]').waitFor();
  await page.locator("select[name=language]").selectOption(own);
  await page.locator("form[action$='/settings/language'] button").click();
  await page.locator(`html[lang="${own}"]`).waitFor();
}

async function signOutAnother(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  const signIn = { method: "POST", body: new URLSearchParams({ token: sidecar.adminToken }) };
  const { headers } = await fetch(`${sidecar.url}/admin/sign-in`, { ...signIn, redirect: "manual" });
  const cookie = headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const visit = () => fetch(`${sidecar.url}/admin/overview`, { headers: { cookie }, redirect: "manual" });
  expect((await visit()).status).toBe(200);
  await open(stage, "/settings/access");
  const other = page.locator("tbody tr", { has: page.locator("form[action*='/sessions/']") });
  await other.first().getByRole("button", { name: words.signOut }).click();
  await page.waitForURL(/notice=signedOut/);
  expect((await visit()).status).toBe(303);
}

async function signOutAndIn(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  await open(stage, "/settings");
  await press(stage, words.signOut);
  await page.waitForURL(/sign-in/);
  await page.goto(`${sidecar.url}/admin/webhooks`);
  expect(new URL(page.url()).pathname).toBe("/admin/sign-in");
  await fill(stage, words.adminToken, sidecar.adminToken);
  await press(stage, words.signIn);
  await page.waitForURL(/\/admin\/webhooks$/);
}
