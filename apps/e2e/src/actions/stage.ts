import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { ReceivedRequest, Receiver } from "@sidehook/delivery/testing";
import { findEventType } from "@sidehook/events";
import type { Sidecar } from "../sidecar.ts";
import { waitUntil } from "../wait.ts";
import { createWebhook } from "../webhook.ts";
import type { Words } from "./words.ts";

/** A signed-in person before the pages, and what shows whether something has come of a click. */
export interface Stage {
  page: Page;
  words: Words;
  sidecar: Sidecar;
  /** Answers 503 at the paths in `broken`. */
  receiver: Receiver;
  broken: Set<string>;
}

/** One thing that a page is for. It makes what it needs, and looks at the effect elsewhere than on the page. */
export interface Action {
  name: string;
  run: (stage: Stage) => Promise<void>;
}

export interface MadeWebhook {
  id: string;
  name: string;
  secret: string;
  /** At the receiver. */
  path: string;
}

export async function open({ page, sidecar }: Stage, path: string): Promise<void> {
  const answer = await page.goto(`${sidecar.url}/admin${path}`);
  expect({ path, status: answer?.status() }).toEqual({ path, status: 200 });
}

/** A button of the page by its whole word. */
export async function press({ page }: Stage, name: string): Promise<void> {
  await page.getByRole("main").getByRole("button", { name, exact: true }).first().click();
}

export async function follow({ page }: Stage, name: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name, exact: true }).first().click();
}

export async function fill({ page }: Stage, label: string, value: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(value);
}

/** A webhook with a path and a name that nothing else has. */
export async function make(
  stage: Stage,
  events: readonly string[] = ["site_published"],
): Promise<MadeWebhook> {
  const word = randomUUID().slice(0, 8);
  const path = `/${word}`;
  const name = `Hook ${word}`;
  const made = await createWebhook(stage.sidecar, { url: `${stage.receiver.url}${path}`, events, name });
  return { ...made, name, path };
}

/** Lets something happen, with a payload that can be told from others; answers the id of the event. */
export async function happen(
  { sidecar }: Stage,
  {
    type = "site_published",
    payload = findEventType(type)?.sample,
  }: { type?: string; payload?: unknown } = {},
): Promise<string> {
  const { status, body } = await sidecar.call("POST", "/v1/events", { type, payload });
  expect(status).toBe(202);
  return (body as { results: { id: string }[] }).results[0]?.id ?? "";
}

export async function read<T>({ sidecar }: Stage, path: string): Promise<T> {
  const { status, body } = await sidecar.call("GET", path);
  expect({ path, status }).toEqual({ path, status: 200 });
  return body as T;
}

export function readWebhook(stage: Stage, { id }: { id: string }): Promise<Record<string, unknown>> {
  return read(stage, `/v1/webhooks/${id}`);
}

/** Waits for so many requests at the receiver's path. */
export async function arrive({ receiver }: Stage, path: string, count = 1): Promise<ReceivedRequest[]> {
  const found = () => receiver.requests.filter((request) => request.path === path);
  await waitUntil(() => found().length >= count, { what: `request ${count} at ${path}`, timeoutMs: 15_000 });
  return found();
}

interface ListedDelivery {
  id: string;
  state: string;
}

/** The deliveries of a webhook, once there are so many in this state. */
export async function deliveriesOf(
  stage: Stage,
  { id }: { id: string },
  { state, count = 1 }: { state: string; count?: number },
): Promise<string[]> {
  const list = () => read<{ data: ListedDelivery[] }>(stage, `/v1/deliveries?webhookId=${id}&state=${state}`);
  await waitUntil(async () => (await list()).data.length >= count, { what: `${count} deliveries ${state}` });
  return (await list()).data.map((delivery) => delivery.id);
}

/** A webhook, and a delivery of it that has arrived. */
export async function deliverOne(stage: Stage): Promise<{ webhook: MadeWebhook; deliveryId: string }> {
  const webhook = await make(stage);
  await happen(stage);
  await arrive(stage, webhook.path);
  const [deliveryId = ""] = await deliveriesOf(stage, webhook, { state: "delivered" });
  return { webhook, deliveryId };
}

/** A webhook whose receiver is down, and a delivery that waits for its retry. */
export async function failOne(stage: Stage): Promise<{ webhook: MadeWebhook; deliveryId: string }> {
  const webhook = await make(stage);
  stage.broken.add(webhook.path);
  await happen(stage);
  await arrive(stage, webhook.path);
  const issues = () =>
    read<{ data: { webhookId: string }[] }>(
      stage,
      `/v1/deliveries?webhookId=${webhook.id}&failure=server_error`,
    );
  await waitUntil(async () => (await issues()).data.length > 0, { what: "the failure to be recorded" });
  const [deliveryId = ""] = await deliveriesOf(stage, webhook, { state: "pending" });
  return { webhook, deliveryId };
}
