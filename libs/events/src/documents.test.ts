import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { buildAsyncApi, buildOpenApiWebhooks, eventTypes, headerNames } from "./index.ts";

const openApi = { openapi: "3.1.0", info: { title: "t", version: "1" }, ...buildOpenApiWebhooks() };
const asyncApi = buildAsyncApi({ version: "1.2.3" });
const types = eventTypes.map(({ type }) => type);

describe.each([
  ["OpenAPI", openApi],
  ["AsyncAPI", asyncApi],
])("the %s document", (_, document) => {
  it("is the same before and after it was written as JSON", () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it("refers to nothing that it does not have", () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(types.length);
    expect(references.filter((reference) => find(document, reference) === undefined)).toEqual([]);
  });

  it("has a correct schema for each payload, which accepts its sample", () => {
    const schemas = document.components.schemas as Record<string, object>;
    const ajv = new Ajv2020({ allowUnionTypes: true, formats: { "date-time": true } });
    const wrong = eventTypes.filter(({ type, sample }) => !ajv.validate(schemas[type] ?? {}, sample));
    expect(wrong).toEqual([]);
  });

  it("names the dialect of its schemas nowhere, for the document does", () => {
    expect(JSON.stringify(document)).not.toContain("$schema");
  });
});

describe("the OpenAPI document", () => {
  const { webhooks, components } = openApi;

  it("has a request for each event type, and no two with one id", () => {
    expect(Object.keys(webhooks)).toEqual(types);
    expect(Object.values(webhooks).map(({ post }) => post.operationId)).toEqual(types);
  });

  it("tells what every operation must tell", () => {
    for (const { post } of Object.values(webhooks)) {
      expect(Object.keys(post.responses)).toContain("2XX");
      expect(post.tags.every((tag) => openApi.tags.some(({ name }) => name === tag))).toBe(true);
      expect(post.summary).not.toBe("");
    }
  });

  it("has every header of a delivery, and only the test mark is not always sent", () => {
    expect(Object.keys(components.parameters).toSorted()).toEqual(Object.values(headerNames).toSorted());
    const sometimes = Object.values(components.parameters).filter(({ required }) => !required);
    expect(sometimes.map(({ name }) => name)).toEqual([headerNames.test]);
  });

  it("names its components in the letters the standard allows", () => {
    const names = [...Object.keys(components.schemas), ...Object.keys(components.parameters)];
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
  });
});

describe("the AsyncAPI document", () => {
  it("sends one message for each event type over one channel", () => {
    expect(Object.keys(asyncApi.channels.webhook.messages)).toEqual(types);
    expect(Object.keys(asyncApi.components.messages)).toEqual(types);
    expect(asyncApi.operations.deliver).toMatchObject({ action: "send" });
    expect(find(asyncApi, asyncApi.operations.deliver.channel.$ref)).toBe(asyncApi.channels.webhook);
  });

  it("has the version it is asked for", () => {
    expect(asyncApi.info.version).toBe("1.2.3");
  });
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    key === "$ref" ? [item as string] : referencesIn(item),
  );
}

function find(document: object, reference: string): unknown {
  const path = reference.replace("#/", "").split("/");
  return path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    document,
  );
}
