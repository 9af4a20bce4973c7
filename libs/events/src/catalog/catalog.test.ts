import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventTypePattern } from "../event.ts";
import { eventGroups, eventTypes, findEventType, findFirstVersion, findSuccessor } from "./catalog.ts";
import type { Field, JsonType, JsonValue } from "./field.ts";

/** The whole list of Ultimate Multisite itself, whether it really sends them or not. */
const ultimateMultisite = `payment_received site_published confirm_email_address domain_created
  renewal_payment_created invoice_sent payment_failed membership_expired demo_site_expiring
  membership_created membership_updated customer_created customer_updated payment_created payment_updated
  checkout_started checkout_step_completed checkout_completed checkout_failed
  subsite_post_created subsite_cpt_created subsite_user_registered subsite_woocommerce_order`.split(/\s+/);

const mainSources = new Set(["wordpress", "ultimate-multisite", "woocommerce", "sidehook"]);

const fixtures = new URL("../../fixtures/ultimate-multisite/", import.meta.url);
const captured = readdirSync(fixtures).filter((name) => name.endsWith(".json"));

describe("the catalog", () => {
  it("has every event of Ultimate Multisite's own list", () => {
    const own = new Set(["live", "logged-only", "declared-but-dead"]);
    const listed = eventTypes.filter(({ status }) => own.has(status));
    expect(new Set(listed.map(({ source }) => source))).toEqual(new Set(["ultimate-multisite"]));
    expect(listed.map(({ type }) => type).toSorted()).toEqual(ultimateMultisite.toSorted());
  });

  it("has each event type and each group once", () => {
    const types = eventTypes.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    const groups = eventGroups.flatMap(({ id, name }) => [id, name]);
    expect(new Set(groups).size).toBe(groups.length);
  });

  it("shows no two events under the same name", () => {
    const names = eventTypes.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each([
    ["account_created", "customer_created"],
    ["account_deleted", "customer_deleted"],
    ["new_domain_mapping", "domain_created"],
    ["payment_successful", "payment_received"],
    ["payment_failed", "payment_failed"],
    ["refund_issued", "payment_refunded"],
    ["plan_change", "membership_plan_changed"],
  ])("knows that %s of WP Ultimo 1.x is %s today", (legacyType, type) => {
    expect(findSuccessor(legacyType)?.type).toBe(type);
    expect(findEventType(legacyType)?.type).toBe(legacyType === type ? type : undefined);
  });

  it("knows no successor of what never was an event", () => {
    for (const type of ["", "payment_received", "toString"]) expect(findSuccessor(type)).toBeUndefined();
  });

  it("gives every group a name and at least one event type, which knows its group", () => {
    for (const { id, name, eventTypes } of eventGroups) {
      expect(id).toMatch(/^[a-z-]+$/);
      expect(name).toMatch(/^[A-Z]/);
      expect(eventTypes.length).toBeGreaterThan(0);
      expect(eventTypes.map(({ group }) => group)).toEqual(eventTypes.map(() => id));
    }
  });

  it("knows of which event type another is a later version, and takes nothing else for one", () => {
    expect(findFirstVersion("payment_received.v2")?.type).toBe("payment_received");
    expect(findFirstVersion("sidehook.webhook_held.v12")?.type).toBe("sidehook.webhook_held");
    for (const type of [
      "payment_received",
      "payment_received.v",
      "payment_received.v2b",
      "my_own.v2",
      ".v2",
    ]) {
      expect(findFirstVersion(type)).toBeUndefined();
    }
  });

  it("has no later version of what it does not describe", () => {
    const later = eventTypes.filter(({ type }) => /\.v[0-9]+$/.test(type));
    expect(later.filter(({ type }) => !findFirstVersion(type))).toEqual([]);
  });

  it("finds the event types it has and nothing else", () => {
    expect(findEventType("payment_received")?.name).toBe("Payment Received");
    for (const type of ["", "payment", "toString", "__proto__"]) expect(findEventType(type)).toBeUndefined();
  });
});

describe.each(eventTypes)("$type", (eventType) => {
  const { type, name, status, source, description, fields, sample } = eventType;

  it("can be stored by Ultimate Multisite and by Sidehook", () => {
    expect(type).toMatch(eventTypePattern);
    expect(type.length).toBeLessThanOrEqual(40);
    expect(status === "addon").toBe(!mainSources.has(source));
  });

  it("speaks to people in whole sentences and in the words of the project", () => {
    expect(name).toMatch(/^[A-Z][A-Za-z ]+$/);
    const differences = eventType.aliases?.map(({ difference }) => difference) ?? [];
    for (const text of [description, ...differences, ...fields.map((field) => field.description)]) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(/\b(blog|subscription|destination|topic|message queue|consumer)\b/i);
    }
  });

  it("says which hooks of WordPress tell of it, unless the sidecar tells of itself", () => {
    const isOwn = type.startsWith("sidehook.");
    expect([source === "sidehook", status === "own", eventType.hooks.length === 0]).toEqual([
      isOwn,
      isOwn,
      isOwn,
    ]);
    for (const hook of eventType.hooks) expect(hook).toMatch(/^[a-z_]+$/);
    expect(status === "live").toBe(eventType.hooks.join() === "wu_event" && status !== "addon");
  });

  it("maps deprecated fields to fields it has", () => {
    const names = fields.map((field) => field.name);
    for (const [old, current] of Object.entries(eventType.deprecatedFields ?? {})) {
      expect(names).toContain(current);
      expect(names).not.toContain(old);
    }
  });

  it("names each field once and has an example of one of its types", () => {
    const names = fields.map((field) => field.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9_]+$/);
    expect(fields.filter((field) => !isPossible(field))).toEqual([]);
  });

  it("has a sample with the examples in the order of the fields", () => {
    expect(Object.entries(sample)).toEqual(fields.map((field) => [field.name, field.example]));
  });

  it("names nobody real in its sample", () => {
    const hosts = [...JSON.stringify(sample).matchAll(/(?:https?:\/\/|@)([a-z.-]+)/g)].map(
      (match) => match[1],
    );
    for (const host of hosts) expect(host).toMatch(/(^|\.)(example|example\.com)$/);
  });

  it("marks what tells something about a person", () => {
    const isAboutPerson = /(_name|^login|_login|email|_address|^ip|avatar|username|^subject|reason)$/;
    const isAboutThing = /^((app|domain|webhook)_name|reason)$/;
    const forgotten = fields.filter(
      ({ name, isPersonal }) => isAboutPerson.test(name) && !isAboutThing.test(name) && !isPersonal,
    );
    expect(forgotten).toEqual([]);
  });
});

describe.each(captured)("a real %s", (file) => {
  it("has the fields of the catalog in its order", () => {
    const fields = findEventType(file.replace(".json", ""))?.fields ?? [];
    const sent = Object.keys(JSON.parse(readFileSync(new URL(file, fixtures), "utf8")) as object);
    const known = fields.filter((field) => field.isAlwaysSent || sent.includes(field.name));
    expect(sent).toEqual(known.map((field) => field.name));
  });
});

function isPossible({ types, isNullable, knownValues, example }: Field): boolean {
  if (types.length === 0) return isNullable && example === null;
  const isKnown = !knownValues || knownValues.some((value) => value === example);
  return isKnown && types.some((type) => hasType(example, type));
}

function hasType(value: JsonValue, type: JsonType): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  return typeof value === type && !Array.isArray(value);
}
