import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import {
  arrive,
  deliverOne,
  deliveriesOf,
  failOne,
  fill,
  follow,
  happen,
  make,
  open,
  press,
  read,
  type Action,
  type Stage,
} from "./stage.ts";

/** What is done with what has happened. */
export const logActions: readonly Action[] = [
  { name: "replays a delivery", run: replayOne },
  { name: "replays a delivery to another URL", run: replayElsewhere },
  { name: "shows a delivery as a curl command", run: showCurl },
  { name: "cancels a delivery", run: cancelDelivery },
  { name: "searches and filters the deliveries", run: searchDeliveries },
  { name: "finds an event, and leads from it to its delivery", run: findEvent },
  { name: "replays what an issue is about", run: replayIssue },
  { name: "mutes an issue, and takes it back", run: muteIssue },
  { name: "counts what a replay is about, and replays it", run: replayMany },
];

async function replayOne(stage: Stage): Promise<void> {
  const { webhook, deliveryId } = await deliverOne(stage);
  await open(stage, `/deliveries/${deliveryId}`);
  await press(stage, stage.words.replay);
  const requests = await arrive(stage, webhook.path, 2);
  expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
}

async function replayElsewhere(stage: Stage): Promise<void> {
  const { page, words, receiver } = stage;
  const { webhook, deliveryId } = await deliverOne(stage);
  await open(stage, `/deliveries/${deliveryId}`);
  await follow(stage, words.elsewhere);
  await fill(stage, "URL", `${receiver.url}${webhook.path}/elsewhere`);
  await press(stage, words.send);
  await page.getByText(words.worked).waitFor();
  await arrive(stage, `${webhook.path}/elsewhere`);
  expect(await arrive(stage, webhook.path)).toHaveLength(1);
}

async function showCurl(stage: Stage): Promise<void> {
  const { webhook, deliveryId } = await deliverOne(stage);
  await open(stage, `/deliveries/${deliveryId}`);
  await press(stage, stage.words.asCurl);
  await stage.page.getByText(`'${stage.receiver.url}${webhook.path}'`).first().waitFor();
}

async function cancelDelivery(stage: Stage): Promise<void> {
  const { deliveryId } = await failOne(stage);
  await open(stage, `/deliveries/${deliveryId}`);
  await press(stage, stage.words.cancelDelivery);
  await stage.page.waitForURL(/notice=cancelled/);
  expect(await read(stage, `/v1/deliveries/${deliveryId}`)).toMatchObject({ state: "cancelled" });
}

async function searchDeliveries(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  const webhook = await make(stage, ["wp_user_created"]);
  await happen(stage, { type: "wp_user_created", payload: { user_id: 9, email } });
  await deliveriesOf(stage, webhook, { state: "delivered" });
  const rows = page.locator("tbody tr", { has: page.getByRole("link", { name: webhook.name }) });
  await open(stage, "/deliveries");
  await fill(stage, words.search, email);
  await press(stage, words.filter);
  await page.waitForURL(/q=/);
  expect(await rows.count()).toBe(1);
  await page.getByLabel(words.state, { exact: true }).selectOption("failed");
  await press(stage, words.filter);
  await page.waitForURL(/state=failed/);
  expect(await rows.count()).toBe(0);
}

async function findEvent(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  const webhook = await make(stage, ["wp_user_created"]);
  const id = await happen(stage, { type: "wp_user_created", payload: { user_id: 9, email } });
  const [deliveryId] = await deliveriesOf(stage, webhook, { state: "delivered" });
  await open(stage, "/events");
  await fill(stage, words.search, email);
  await press(stage, words.filter);
  await page.waitForURL(/q=/);
  await page.getByRole("rowheader").getByRole("link").click();
  await page.waitForURL(`**/admin/events/${id}`);
  await page.locator(`a[href$="/deliveries/${deliveryId}"]`).click();
  await page.locator(".tree").getByText(email).waitFor();
}

async function replayIssue(stage: Stage): Promise<void> {
  const { page, words, broken } = stage;
  const { webhook, deliveryId } = await failOne(stage);
  broken.delete(webhook.path);
  await open(stage, "/issues");
  const row = page.locator("tbody tr", { has: page.getByRole("link", { name: webhook.name, exact: true }) });
  await row.locator('a[href*="/replays/new"]').click();
  await press(stage, words.replayOne);
  await arrive(stage, webhook.path, 2);
  expect(await deliveriesOf(stage, webhook, { state: "delivered" })).toEqual([deliveryId]);
}

async function muteIssue(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const { webhook } = await failOne(stage);
  const link = page.getByRole("link", { name: webhook.name, exact: true });
  const row = page.locator("tbody tr", { has: link });
  await open(stage, "/issues");
  await row.getByRole("button", { name: words.mute, exact: true }).click();
  await page.waitForURL(/notice=muted/);
  await page.locator("#muted").evaluate((fold) => fold.setAttribute("open", ""));
  expect(await page.locator("#muted tr", { has: link }).count()).toBe(1);
  await row.getByRole("button", { name: words.unmute, exact: true }).click();
  await page.waitForURL(/notice=unmuted/);
  expect(await page.locator("#live-issues > .table tr", { has: link }).count()).toBe(1);
}

async function replayMany(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage);
  await happen(stage);
  await happen(stage);
  await deliveriesOf(stage, webhook, { state: "delivered", count: 2 });
  await open(stage, "/replays");
  await follow(stage, words.newReplay);
  await page.locator("#filter-webhook").selectOption(webhook.id);
  await press(stage, words.count);
  await press(stage, words.replayTwo);
  await page.waitForURL(/replays\/rpl_/);
  await arrive(stage, webhook.path, 4);
}
