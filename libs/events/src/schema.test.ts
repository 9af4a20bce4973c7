import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { eventTypes, findEventType, payloadSchema, type EventType, type Field } from "./index.ts";

const fixtures = new URL("../fixtures/ultimate-multisite/", import.meta.url);
const isDateTime = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(text);
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { "date-time": isDateTime } });

describe.each(eventTypes)("the schema of $type", (eventType) => {
  const validate = compile(eventType);
  const { sample, fields } = eventType;

  it("is correct and accepts the sample", () => {
    expect(ajv.validateSchema(payloadSchema(eventType))).toBe(true);
    expect(problemsOf(validate, sample)).toEqual([]);
  });

  it("accepts fields it does not know", () => {
    expect(problemsOf(validate, { ...sample, added_by_a_plugin: [1] })).toEqual([]);
  });

  it("refuses a payload without a field that is always sent, and only then", () => {
    const found = fields.map(({ name }) => {
      return problemsOf(validate, Object.fromEntries(Object.entries(sample).filter(([key]) => key !== name)));
    });
    expect(found).toEqual(fields.map((field) => (field.isAlwaysSent ? [`required ${field.name}`] : [])));
  });

  it("refuses a value of a type that is never sent", () => {
    const wrong = fields.flatMap((field) => neverSent(field).map((value) => ({ name: field.name, value })));
    const found = wrong.map(({ name, value }) => problemsOf(validate, { ...sample, [name]: value }));
    expect(found).toEqual(wrong.map(({ name }) => [`type ${name}`]));
  });
});

/** A value of each type a field never has. */
function neverSent({ types, isNullable }: Field): unknown[] {
  const values = { string: "x", integer: 5, number: 0.5, boolean: true, object: {}, array: [], null: null };
  const allowed = new Set<string>([
    ...types,
    ...(isNullable ? ["null"] : []),
    ...(types.includes("number") ? ["integer"] : []),
  ]);
  return Object.entries(values).flatMap(([type, value]) => (allowed.has(type) ? [] : [value]));
}

describe("what is really sent", () => {
  it.each(filesIn("./"))("%s, as captured, is accepted", (file) => {
    expect(problemsOf(compile(eventTypeOf(file)), read(file))).toEqual([]);
  });

  it.each(filesIn("./"))("%s is refused without any of its fields that is always sent", (file) => {
    const eventType = eventTypeOf(file);
    const validate = compile(eventType);
    const always = eventType.fields.filter(({ isAlwaysSent }) => isAlwaysSent).map(({ name }) => name);
    const found = always.map((name) =>
      problemsOf(validate, { ...(read(file) as object), [name]: undefined }),
    );
    expect(found).toEqual(always.map((name) => [`required ${name}`]));
  });

  it.each(filesIn("./"))("%s is refused with any field of a type it never has", (file) => {
    const { fields } = eventTypeOf(file);
    const validate = compile(eventTypeOf(file));
    const sent = read(file) as Record<string, unknown>;
    const wrong = fields.filter(({ name }) => name in sent).map(({ name }) => ({ ...sent, [name]: {} }));
    expect(wrong.filter((payload) => validate(payload))).toEqual([]);
    expect(wrong.length).toBeGreaterThan(5);
  });

  it.each([
    ["payment_id", 5, "5", "five"],
    ["customer_user_id", 9, "9", ""],
    ["payment_total_raw", 128.99, "128.9900", "$ 128.99"],
    ["payment_date_created", "2026-11-21 23:45:34", "", "2026-11-21T23:45:34Z"],
  ])("%s may be %j or %j but not %j", (name, first, second, wrong) => {
    const eventType = eventTypeOf("payment_received.json");
    const validate = compile(eventType);
    expect(problemsOf(validate, { ...eventType.sample, [name]: first })).toEqual([]);
    expect(problemsOf(validate, { ...eventType.sample, [name]: second })).toEqual([]);
    expect(problemsOf(validate, { ...eventType.sample, [name]: wrong })).toEqual([`pattern ${name}`]);
  });

  it("a yes or no of a domain is a word", () => {
    const eventType = eventTypeOf("domain_created.json");
    const payload = { ...eventType.sample, domain_active: "yes" };
    expect(problemsOf(compile(eventType), payload)).toEqual(["pattern domain_active"]);
  });

  it("a state that a plugin has added is accepted", () => {
    const eventType = eventTypeOf("payment_received.json");
    const payload = { ...eventType.sample, payment_status: "on-the-way", payment_gateway: "" };
    expect(problemsOf(compile(eventType), payload)).toEqual([]);
  });

  it("a payment without a membership is accepted", () => {
    const eventType = eventTypeOf("payment_received.json");
    const entries = Object.entries(eventType.sample);
    const payload = Object.fromEntries(entries.filter(([name]) => !/^(membership|customer)_/.test(name)));
    expect(problemsOf(compile(eventType), payload)).toEqual([]);
  });
});

/**
 * What the test button of Ultimate Multisite sends. Its values are invented (nulls, ids of 0) and allowed; but for
 * these events it shows fields that the real event does not have, and lacks some that it has.
 */
const wrongSamples: Record<string, string[]> = {
  // Flat, while the real one holds the site, the membership and the customer as objects.
  "demo_site_expiring.json": ["required site", "required membership", "required customer"],
  // Whole customers and memberships, while the real ones are little more than ids.
  "checkout_step_completed.json": ["required plan_id", "required plan_slug"],
  "checkout_completed.json": [
    "pattern payment_total",
    "required plan_id",
    "required plan_slug",
    "type payment_status",
  ],
  // Without the two last fields.
  "subsite_post_created.json": ["required object_id", "required object_type"],
  "subsite_cpt_created.json": ["required object_id", "required object_type"],
  "subsite_user_registered.json": ["required object_id", "required object_type"],
  "subsite_woocommerce_order.json": ["required object_id", "required object_type"],
};

describe("the samples of Ultimate Multisite", () => {
  it.each(filesIn("test-samples/"))("%s is accepted, or refused for what it has wrong", (file) => {
    const problems = problemsOf(compile(eventTypeOf(file)), read(file));
    const expected = wrongSamples[file.replace("test-samples/", "")] ?? [];
    expect(problems.toSorted()).toEqual(expected.toSorted());
  });
});

type Validate = ReturnType<typeof compile>;

function compile(eventType: EventType) {
  return ajv.compile(payloadSchema(eventType));
}

/** Such as `required payment_id`. */
function problemsOf(validate: Validate, payload: unknown): string[] {
  if (validate(payload)) return [];
  return (validate.errors ?? []).map(({ keyword, params, instancePath }) => {
    const { missingProperty } = params as { missingProperty?: string };
    return `${keyword} ${missingProperty ?? instancePath.slice(1)}`;
  });
}

function filesIn(folder: string): string[] {
  const names = readdirSync(new URL(folder, fixtures)).filter((name) => name.endsWith(".json"));
  return names.map((name) => folder.replace("./", "") + name);
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, fixtures), "utf8"));
}

function eventTypeOf(file: string): EventType {
  const eventType = findEventType(/([a-z_]+)\.json$/.exec(file)?.[1] ?? "");
  if (!eventType) throw new Error(`${file} is of no known event type`);
  return eventType;
}
