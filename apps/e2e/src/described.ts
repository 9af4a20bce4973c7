import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { findEventType, payloadSchema } from "@sidehook/events";

/** The payload of an event of our own, which is as the catalog describes it: these fields in this order, and no other. */
export function readDescribed(type: string, body: string): Record<string, unknown> {
  const eventType = findEventType(type);
  if (!eventType) throw new Error(`${type} is not in the catalog`);
  const payload = JSON.parse(body) as Record<string, unknown>;
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(payloadSchema(eventType));
  validate(payload);
  expect({ type, problems: validate.errors ?? [] }).toEqual({ type, problems: [] });
  expect(Object.keys(payload)).toEqual(eventType.fields.map(({ name }) => name));
  return payload;
}
