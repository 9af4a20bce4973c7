import { findEventType } from "@sidehook/events";
import type { CodedProblem, Webhook } from "@sidehook/delivery";
import type { WebhookInput } from "@sidehook/store";
import { withoutPassword } from "../api/json.ts";
import { parseWebhookChanges, parseWebhookInput } from "../webhook-input.ts";
import { InvalidWebhookError } from "../webhook-problems.ts";
import { textOf } from "./access.ts";
import type { Translate } from "./language.ts";
import type { MessageKey } from "./locales/en.ts";
import {
  emptyMore,
  moreOf,
  readMore,
  toMoreFields,
  wordsOf,
  type MoreName,
  type MoreValues,
  type ReadMore,
} from "./webhook-more-values.ts";

/** Everything a person has typed and chosen, also while it is not valid. */
export interface WebhookFormValues {
  /** The same for each sending of one form, so that a second one adds nothing. */
  formId: string;
  name: string;
  url: string;
  /** Of the select; empty if none is chosen, or several are. */
  event: string;
  /** Ticked boxes. */
  events: readonly string[];
  /** Event types and patterns that are typed, separated by spaces or commas. */
  patterns: string;
  isActive: boolean;
  more: MoreValues;
}

export type FieldName = "name" | "url" | "events" | MoreName;
/** What each field is called on the form, in the order of the form. */
export const fieldLabels = {
  name: "field.name",
  url: "field.url",
  events: "field.event",
  sites: "field.sites",
  filter: "more.filter",
  headers: "field.headers",
  auth: "more.auth",
  retries: "more.retries",
  timeout: "more.timeout",
  concurrency: "more.concurrency",
  rate: "more.rate",
} as const satisfies Record<FieldName, MessageKey>;

export type FieldProblems = Partial<Record<FieldName, readonly string[]>>;

type Checked<T> = { input: T; problems: null } | { input: null; problems: FieldProblems };

export function newValues(formId: string, event: string): WebhookFormValues {
  return { formId, name: "", url: "", event, events: [], patterns: "", isActive: true, more: emptyMore };
}

/** A form without the second part, as a program may send it, leaves what that part is about as it is. */
export function readValues(form: FormData, presentMore: MoreValues): WebhookFormValues {
  return {
    formId: textOf(form, "formId"),
    name: textOf(form, "name"),
    url: textOf(form, "url"),
    event: textOf(form, "event"),
    events: form.getAll("events").filter((event) => typeof event === "string"),
    patterns: textOf(form, "patterns"),
    isActive: form.has("active"),
    more: form.has("format") ? readMore(form) : presentMore,
  };
}

/** A saved webhook in the fields of the form: credentials of the URL are marks, never what they are. */
export function valuesOf(webhook: Webhook): WebhookFormValues {
  const { name, events, isActive } = webhook;
  const [first = ""] = events;
  const isSimple = events.length === 1 && (first === "*" || findEventType(first) !== undefined);
  const known = events.filter((event) => findEventType(event));
  return {
    formId: "",
    name,
    url: withoutPassword(webhook.url),
    event: isSimple ? first : "",
    events: isSimple ? [] : known,
    patterns: isSimple ? "" : events.filter((event) => !findEventType(event)).join(" "),
    isActive,
    more: moreOf(webhook),
  };
}

/** All chosen event types and patterns, whichever way they were chosen. */
export function eventsOf({ event, events, patterns }: WebhookFormValues): string[] {
  const typed = patterns.split(/[\s,]+/);
  return [...new Set([event, ...events, ...typed])].filter((each) => each !== "");
}

/** Passes a new webhook through the door of the API. */
export function checkNew(values: WebhookFormValues, t: Translate): Checked<WebhookInput> {
  const more = toMoreFields(values.more, null, t);
  return check({ values, more, t }, () =>
    parseWebhookInput({ ...fieldsOf(values), ...more.fields, source: "manual" }),
  );
}

/** The same for a saved one; marks become what they stand for. */
export function checkChanges(
  values: WebhookFormValues,
  saved: Webhook,
  t: Translate,
): Checked<Partial<WebhookInput>> {
  const url = restoreCredentials(values.url.trim(), saved.url);
  if (url === null) return { input: null, problems: { url: [t("problem.urlCredentials")] } };
  const more = toMoreFields(values.more, saved, t);
  return check({ values, more, t }, () => parseWebhookChanges({ ...fieldsOf(values), ...more.fields, url }));
}

function fieldsOf(values: WebhookFormValues) {
  return { name: values.name, url: values.url, events: eventsOf(values), active: values.isActive };
}

const mark = "***:***@";

/** Null: another host is typed, and the saved credentials are not for that one. */
function restoreCredentials(typed: string, saved: string): string | null {
  const url = URL.parse(typed);
  if (!url || !typed.includes(`//${mark}`)) return typed;
  const { host, protocol, username, password } = new URL(saved);
  if (url.host !== host || url.protocol !== protocol) return null;
  return typed.replace(mark, () => `${username}:${password}@`);
}

interface Typed {
  values: WebhookFormValues;
  more: ReadMore;
  t: Translate;
}

/** What could not be read, and everything the API has against the rest, all at once. */
function check<T>(typed: Typed, parse: () => T): Checked<T> {
  const unread = typed.more.problems;
  try {
    const input = parse();
    return Object.keys(unread).length === 0 ? { input, problems: null } : { input: null, problems: unread };
  } catch (error) {
    if (!(error instanceof InvalidWebhookError)) throw error;
    return { input: null, problems: { ...sayProblems(error.coded, typed), ...unread } };
  }
}

function sayProblems(found: readonly CodedProblem[], { values, t }: Typed): FieldProblems {
  const problems: FieldProblems = {};
  for (const problem of found) {
    const field = fieldOf(problem.path);
    const what = findPart(problem.path, field, values) ?? t(fieldLabels[field]);
    problems[field] = [...(problems[field] ?? []), sayProblem(problem, what, t)];
  }
  if (values.name.trim() === "") problems.name = [t("problem.nameMissing")];
  if (values.url.trim() === "") problems.url = [t("problem.urlMissing")];
  if (eventsOf(values).length === 0) problems.events = [t("problem.eventsMissing")];
  return problems;
}

/** @param what the label of the field, or the part of its value that is wrong */
export function sayProblem({ code, values }: CodedProblem, what: string, t: Translate): string {
  return t("problem.says", { what, message: t(`problem.${code}`, values) });
}

/** What was typed, of a list; the field of a filter; the name of a header. */
function findPart(path: string, field: FieldName, values: WebhookFormValues): string | undefined {
  if (field === "filter" || field === "headers") return /\.(.+)$/.exec(path)?.[1];
  const typed = {
    events: eventsOf(values),
    sites: wordsOf(values.more.sites),
    retries: wordsOf(values.more.retries),
  };
  const index = /\[(\d+)\]/.exec(path)?.[1];
  return index !== undefined && Object.hasOwn(typed, field)
    ? typed[field as keyof typeof typed][Number(index)]
    : undefined;
}

/** Fields of the API by how their paths begin; whatever else could be wrong is told beside the name. */
const fieldsByPath: readonly (readonly [string, FieldName])[] = [
  ["url", "url"],
  ["events", "events"],
  ["siteIds", "sites"],
  ["filter", "filter"],
  ["headers", "headers"],
  ["retrySchedule", "retries"],
  ["timeout", "timeout"],
  ["maxConcurrency", "concurrency"],
  ["rateLimit", "rate"],
];

function fieldOf(path: string): FieldName {
  return fieldsByPath.find(([start]) => path.startsWith(start))?.[1] ?? "name";
}
