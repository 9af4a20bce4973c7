import type { Field, JsonValue } from "./field.ts";

/** The plugin, or WordPress itself, in which the event happens; `sidehook` for what Sidehook tells of itself. */
export type EventSource =
  | "sidehook"
  | "ultimate-multisite"
  | "wordpress"
  | "woocommerce"
  | "wp-multi-network"
  | "ultimate-multisite-multinetwork"
  | "ultimate-multisite-domain-seller"
  | "ultimate-multisite-multi-tenancy";

/**
 * What Ultimate Multisite's own webhooks do with the event: send it (`live`), write it into their log only
 * (`logged-only`), or offer it and never fire it (`declared-but-dead`). `derived` events are unknown to it and are
 * made from a hook of WordPress or of a plugin. `addon` events are too, and are described as far as the add-on's public
 * documentation tells. Sidehook delivers what happens, whatever it says here. `own` events are what Sidehook tells of
 * itself, and not what happens in WordPress.
 */
export type EventStatus = "live" | "logged-only" | "declared-but-dead" | "derived" | "addon" | "own";

/** What `source` and `status` are for most events that Ultimate Multisite does not know as events. */
export const ofWordPress = { source: "wordpress", status: "derived" } as const;
export const ofUltimateMultisite = { source: "ultimate-multisite", status: "derived" } as const;
export const ofWooCommerce = { source: "woocommerce", status: "derived" } as const;
export const ofSidehook = { source: "sidehook", status: "own", hooks: [] } as const;

/**
 * An event type of WP Ultimo 1.x. A webhook that was carried over from there still has it and hears nothing, for no
 * later version fires it: it is a name to be replaced, not an event.
 */
export interface Alias {
  type: string;
  /** What was different then. */
  difference: string;
}

/** One kind of event a webhook can be made for. */
export interface EventType {
  /**
   * As it is stored and sent, such as `payment_received`. The payload of a type never breaks a receiver that was written
   * for it: what would is an event type of its own, `payment_received.v2`, beside the first.
   */
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
  /** The hooks of WordPress that tell of it, the most important one first; none for `own` events. */
  hooks: readonly string[];
  /** Names it had in WP Ultimo 1.x. */
  aliases?: readonly Alias[];
  /** Names of fields that Ultimate Multisite still announces but never sends -> the field that holds the value. */
  deprecatedFields?: Readonly<Record<string, string>>;
  /** In the order in which they are sent. */
  fields: readonly Field[];
  /** A complete payload, made from the examples of the fields. */
  sample: Readonly<Record<string, JsonValue>>;
}

/** Event types that are shown together. */
export interface EventGroup<Id extends string = string> {
  /** Such as `payments`. */
  id: Id;
  /** Such as *Payments*. */
  name: string;
  eventTypes: readonly EventType[];
}

/** An event type as its file of the catalog has it: without what follows from the rest. */
export type Entry = Omit<EventType, "group" | "sample">;

/** Makes a group of the catalog. */
export function eventGroup<Id extends string>(
  id: Id,
  name: string,
  entries: readonly Entry[],
): EventGroup<Id> {
  const eventTypes = entries.map((entry) => ({
    ...entry,
    group: id,
    sample: sampleOf(entry.fields),
  }));
  return { id, name, eventTypes };
}

function sampleOf(fields: readonly Field[]): EventType["sample"] {
  return Object.fromEntries(fields.map((field) => [field.name, field.example]));
}
