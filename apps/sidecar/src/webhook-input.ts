import { z } from "zod";
import {
  parseDuration,
  validateFilter,
  validateHeaders,
  validateUrl,
  webhookDefaults,
  type CodedProblem,
  type Filter,
} from "@sidehook/delivery";
import type { MirroredWebhook, WebhookInput } from "@sidehook/store";
import { maxTimeoutMs } from "./settings.ts";
import { codedProblemOf, InvalidWebhookError, told } from "./webhook-problems.ts";

const eventPattern = /^(\*|[a-z0-9_.]{1,64}|[a-z0-9_.]{1,63}\*)$/;
const maxSites = 1000;
const maxRate = 10_000;

const duration = z.union([z.string(), z.number().int().min(0)]).transform((value, context) => {
  if (typeof value === "number") return value;
  try {
    return parseDuration(value);
  } catch {
    context.addIssue({ code: "custom", ...told("duration", { examples: "500ms, 5s, 30m, 2h, 30d" }) });
    return z.NEVER; // what is wrong with it is told by its code, in every language
  }
});

const fields = {
  name: z.string().trim().min(1).max(200),
  url: z.string().trim().min(1).superRefine(report(validateUrl)),
  events: z
    .array(z.string().regex(eventPattern))
    .min(1)
    .max(200)
    .transform((events) => [...new Set(events)]),
  active: z.boolean(),
  format: z.enum(["compatible", "envelope", "cloudevents"]),
  headers: z.record(z.string(), z.string()).superRefine(report(validateHeaders)),
  siteIds: z.array(z.number().int().min(1)).max(maxSites),
  filter: z
    .record(z.string(), z.unknown())
    .superRefine(report(validateFilter))
    .transform(toFilter)
    .nullable(),
  retrySchedule: z.array(duration).min(1).max(50).nullable(),
  timeout: duration
    .refine((ms) => ms >= 1000 && ms <= maxTimeoutMs, told("duration.range", { min: "1s", max: "30s" }))
    .nullable(),
  maxConcurrency: z.number().int().min(1).max(1000).nullable(),
  rateLimit: z
    .strictObject({
      limit: z.number().int().min(1).max(maxRate),
      per: z.enum(["second", "minute", "hour"]),
    })
    .nullable(),
  ordered: z.boolean(),
  source: z.string().regex(/^[a-z0-9-]{1,40}$/, "must be 1 to 40 characters of a-z, 0-9 and -"),
  externalId: z.string().max(200).nullable(),
};

export const newWebhook = z.strictObject({
  ...fields,
  active: fields.active.default(webhookDefaults.isActive),
  format: fields.format.default(webhookDefaults.format),
  headers: fields.headers.default(webhookDefaults.headers),
  siteIds: fields.siteIds.default([...webhookDefaults.siteIds]),
  filter: fields.filter.default(webhookDefaults.filter),
  retrySchedule: fields.retrySchedule.default(webhookDefaults.retryScheduleMs),
  timeout: fields.timeout.default(webhookDefaults.timeoutMs),
  maxConcurrency: fields.maxConcurrency.default(webhookDefaults.maxConcurrency),
  rateLimit: fields.rateLimit.default(webhookDefaults.rateLimit),
  ordered: fields.ordered.default(webhookDefaults.isOrdered),
  source: fields.source.default("api"),
  externalId: fields.externalId.default(null),
});

export const changes = z.strictObject(fields).partial();

export const mirrored = z.strictObject({
  externalId: z.string().min(1).max(200),
  name: fields.name,
  url: fields.url,
  events: fields.events,
  active: fields.active.optional(),
});

/**
 * The one door for new webhooks, from the API and from the form.
 *
 * @param value keys as in the API: `name`, `url`, `events`, `active` …
 * @throws InvalidWebhookError 400 that names every problem
 */
export function parseWebhookInput(value: unknown): WebhookInput {
  const { active, ordered, retrySchedule, timeout, ...rest } = parse(value, newWebhook);
  return {
    ...rest,
    isActive: active,
    isOrdered: ordered,
    retryScheduleMs: retrySchedule,
    timeoutMs: timeout,
  };
}

/** The same for changes: what is left out stays as it is. */
export function parseWebhookChanges(value: unknown): Partial<WebhookInput> {
  const { active, ordered, retrySchedule, timeout, ...rest } = parse(value, changes);
  return withoutUndefined({
    ...rest,
    isActive: active,
    isOrdered: ordered,
    retryScheduleMs: retrySchedule,
    timeoutMs: timeout,
  });
}

/** The same for what another system says about one of its webhooks. */
export function parseMirroredWebhook(value: unknown): MirroredWebhook {
  const { active, ...rest } = parse(value, mirrored);
  return { ...rest, ...(active === undefined ? {} : { isActive: active }) };
}

function parse<T extends z.ZodType>(value: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidWebhookError(result.error.issues.map(codedProblemOf));
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Turns problems found by the rules of delivering into issues of the field, whose name their paths begin with. */
function report<T>(validate: (value: T) => readonly CodedProblem[]) {
  return (value: T, context: z.core.$RefinementCtx<T>) => {
    for (const { path, code, values } of validate(value)) {
      context.addIssue({ code: "custom", path: path.split(".").slice(1), ...told(code, values) });
    }
  };
}

/** Of a value that `validateFilter` has found nothing wrong with. */
function toFilter(value: Record<string, unknown>): Filter {
  return value as Filter;
}
