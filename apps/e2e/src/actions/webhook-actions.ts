import { expect } from "vitest";
import {
  arrive,
  deliveriesOf,
  fill,
  follow,
  happen,
  make,
  open,
  press,
  readWebhook,
  type Action,
  type Stage,
} from "./stage.ts";

/** What is done with webhooks. */
export const webhookActions: readonly Action[] = [
  { name: "adds a webhook", run: addWebhook },
  { name: "edits a webhook", run: editWebhook },
  { name: "pauses a webhook, and resumes it with what has waited", run: pauseAndResume },
  { name: "deactivates a webhook and activates it", run: switchWebhook },
  { name: "deletes a webhook whose name is typed", run: deleteWebhook },
  { name: "pauses several webhooks, and takes it back", run: pauseSeveral },
  { name: "deletes several webhooks whose number is typed", run: deleteSeveral },
  { name: "shows the secret", run: showSecret },
  { name: "changes the secret, and both sign for a while", run: changeSecret },
  { name: "sends a test event and shows the answer", run: sendTest },
  { name: "searches and filters the list", run: searchWebhooks },
];

async function addWebhook(stage: Stage): Promise<void> {
  const { page, words, receiver, sidecar } = stage;
  const url = `${receiver.url}/added`;
  await open(stage, "/webhooks");
  await follow(stage, words.add);
  await fill(stage, words.name, "Added");
  await fill(stage, "URL", url);
  await page.getByLabel(words.event, { exact: true }).selectOption("payment_received");
  await press(stage, words.save);
  await page.waitForURL(/notice=added/);
  const id = /(wh_[\w-]+)/.exec(page.url())?.[1] ?? "";
  expect(await readWebhook(stage, { id })).toMatchObject({
    name: "Added",
    url,
    events: ["payment_received"],
  });
  await sidecar.call("DELETE", `/v1/webhooks/${id}`);
}

async function editWebhook(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}/edit`);
  await fill(stage, words.name, `${webhook.name} changed`);
  await press(stage, words.saveChanges);
  await page.waitForURL(/notice=saved/);
  expect(await readWebhook(stage, webhook)).toMatchObject({ name: `${webhook.name} changed` });
}

async function pauseAndResume(stage: Stage): Promise<void> {
  const { page, words, receiver } = stage;
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}`);
  await press(stage, words.pause);
  await page.waitForURL(/notice=paused/);
  expect(await readWebhook(stage, webhook)).toMatchObject({ paused: true });
  await happen(stage);
  await deliveriesOf(stage, webhook, { state: "pending" });
  expect(receiver.requests.some(({ path }) => path === webhook.path)).toBe(false);
  await open(stage, `/webhooks/${webhook.id}`);
  await press(stage, words.sendWaiting);
  await arrive(stage, webhook.path);
  expect(await readWebhook(stage, webhook)).toMatchObject({ paused: false });
}

async function switchWebhook(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}`);
  await press(stage, words.deactivate);
  await page.waitForURL(/notice=deactivated/);
  expect(await readWebhook(stage, webhook)).toMatchObject({ active: false });
  await press(stage, words.activate);
  await page.waitForURL(/notice=activated/);
  expect(await readWebhook(stage, webhook)).toMatchObject({ active: true });
}

async function deleteWebhook(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}`);
  await follow(stage, words.deleteWebhook);
  await press(stage, words.deleteForGood);
  await page.locator("#confirmed-problems").waitFor();
  expect(await readWebhook(stage, webhook)).toMatchObject({ name: webhook.name });
  await page.locator("#confirmed").fill(webhook.name);
  await press(stage, words.deleteForGood);
  await page.waitForURL(/notice=deleted/);
  expect((await sidecar.call("GET", `/v1/webhooks/${webhook.id}`)).status).toBe(404);
}

async function pauseSeveral(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhooks = [await make(stage), await make(stage)];
  await choose(stage, webhooks, "pause");
  await page.waitForURL(/notice=bulkPaused/);
  for (const each of webhooks) expect(await readWebhook(stage, each)).toMatchObject({ paused: true });
  await press(stage, words.undo);
  await page.waitForURL(/notice=bulkResumed/);
  for (const each of webhooks) expect(await readWebhook(stage, each)).toMatchObject({ paused: false });
}

async function deleteSeveral(stage: Stage): Promise<void> {
  const { page, words, sidecar } = stage;
  const webhooks = [await make(stage), await make(stage)];
  await choose(stage, webhooks, "delete");
  await page.locator("#confirmed").fill("2");
  await press(stage, words.deleteForGood);
  await page.waitForURL(/notice=bulkDeleted/);
  for (const { id } of webhooks) expect((await sidecar.call("GET", `/v1/webhooks/${id}`)).status).toBe(404);
}

async function choose(stage: Stage, webhooks: readonly { name: string }[], action: string): Promise<void> {
  const { page, words } = stage;
  await open(stage, "/webhooks");
  for (const { name } of webhooks) {
    await page.getByRole("checkbox", { name: words.chooseWebhook.replace("{name}", name) }).check();
  }
  await page.locator("#bulk-action").selectOption(action);
  await press(stage, words.apply);
}

async function showSecret(stage: Stage): Promise<void> {
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}/secret`);
  expect(await stage.page.getByText(webhook.secret).count()).toBe(0);
  await press(stage, stage.words.showSecret);
  await stage.page.getByText(webhook.secret, { exact: true }).waitFor();
}

async function changeSecret(stage: Stage): Promise<void> {
  const webhook = await make(stage);
  await open(stage, `/webhooks/${webhook.id}/secret`);
  await press(stage, stage.words.newSecret);
  await stage.page.getByText(webhook.secret, { exact: true }).waitFor();
  await happen(stage);
  const requests = await arrive(stage, webhook.path);
  expect(requests).toMatchObject([{ headers: { "webhook-signature": expect.stringMatching(/^\S+ \S+$/) } }]);
}

async function sendTest(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage, ["payment_received", "site_published"]);
  await open(stage, `/webhooks/${webhook.id}/test`);
  await page.getByLabel(words.event, { exact: true }).selectOption("site_published");
  await press(stage, words.sendTest);
  await page.getByText(words.worked).waitFor();
  expect(await arrive(stage, webhook.path)).toMatchObject([{ headers: { "sidehook-test": "true" } }]);
}

async function searchWebhooks(stage: Stage): Promise<void> {
  const { page, words } = stage;
  const webhook = await make(stage);
  const names = page.getByRole("rowheader");
  await open(stage, "/webhooks");
  await fill(stage, words.search, webhook.name);
  await press(stage, words.filter);
  await page.waitForURL(/q=/);
  expect(await names.count()).toBe(1);
  await page.getByLabel(words.state, { exact: true }).selectOption("paused");
  await press(stage, words.filter);
  await page.getByText(words.noMatch).waitFor();
}
