import { eventTypes, type WebhookEvent } from "@sidehook/events";
import { payloadReader, refusalOf, type Refusal } from "@sidehook/delivery";
import type { WebhookInput } from "@sidehook/store";
import type { Services } from "../services.ts";

const shownEvents = 10;

/** What a webhook would have got of the events of the past, or of the samples where there are none. */
export interface Trial {
  isOnSamples: boolean;
  tried: number;
  passed: number;
  /** The newest of them; null as reason: it would have got it. */
  events: { id: string; type: string; reason: Refusal | null }[];
}

/** Tries the sites and the filter of a webhook that is not saved yet. */
export async function tryOnPastEvents(
  { store }: Pick<Services, "store">,
  input: Pick<WebhookInput, "events" | "siteIds" | "filter">,
): Promise<Trial> {
  const webhook = { ...input, isActive: true };
  const anyPayload = { ...webhook, siteIds: [], filter: null };
  const wanted = (type: string) => refusalOf(anyPayload, { type, context: {} }) === null;
  const types = [...(await store.listLastSeen()).keys()].filter(wanted);
  const past = await store.listPastEvents(types);
  const events = past.length > 0 ? past : listSamples(wanted);
  const results = events.map((event) => ({
    id: event.id,
    type: event.type,
    reason: refusalOf(webhook, event, payloadReader(event)),
  }));
  return {
    isOnSamples: past.length === 0,
    tried: results.length,
    passed: results.filter(({ reason }) => reason === null).length,
    events: results.slice(0, shownEvents),
  };
}

function listSamples(wanted: (type: string) => boolean): WebhookEvent[] {
  return eventTypes
    .filter(({ type }) => wanted(type))
    .map(({ type, sample }) => ({
      id: type,
      type,
      occurredAt: "",
      payload: JSON.stringify(sample),
      context: {},
    }));
}
