import type { Field, JsonValue } from "./field.ts";

/** The plugin, or WordPress itself, in which the event happens. */
export type EventSource = "ultimate-multisite" | "wordpress";

/**
 * What Ultimate Multisite's own webhooks do with the event: send it (`live`), write it into their log only
 * (`logged-only`), or offer it and never fire it (`declared-but-dead`). `derived` events are unknown to it and are
 * made from a hook of WordPress. Sidehook delivers what happens, whatever it says here.
 */
export type EventStatus = "live" | "logged-only" | "declared-but-dead" | "derived";

/** One kind of event a webhook can be made for. */
export interface EventType {
  /** As it is stored and sent, such as `payment_received`. */
  type: string;
  /** As it is shown, such as *Payment Received*. */
  name: string;
  /** Id of its group. */
  group: string;
  source: EventSource;
  status: EventStatus;
  /** When it happens, for the admin of a network. */
  description: string;
  /** Version of the source that first had it; left out where that is not known. */
  since?: string;
  /** In the order in which they are sent. */
  fields: readonly Field[];
  /** A complete payload, made from the examples of the fields. */
  sample: Readonly<Record<string, JsonValue>>;
}

/** Event types that are shown together. */
export interface EventGroup {
  /** Such as `payments`. */
  id: string;
  /** Such as *Payments*. */
  name: string;
  eventTypes: readonly EventType[];
}

/** Makes a group of the catalog; the entries leave out what follows from the rest. */
export function eventGroup(
  id: string,
  name: string,
  entries: readonly Omit<EventType, "group" | "sample">[],
): EventGroup {
  const eventTypes = entries.map((entry) => ({ ...entry, group: id, sample: sampleOf(entry.fields) }));
  return { id, name, eventTypes };
}

function sampleOf(fields: readonly Field[]): EventType["sample"] {
  return Object.fromEntries(fields.map((field) => [field.name, field.example]));
}
