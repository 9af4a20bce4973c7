import type { WebhookEvent } from "@sidehook/events";

/** A payload may hold a list of thousands: what it is about stands at its beginning. */
const maxSubjects = 24;
const maxDepth = 3;

const idName = /^(?:.*_)?([a-z]+)_id$/;
const idValue = /^[A-Za-z0-9-]{1,64}$/;
const email = /^[^\s@]{1,64}@[^\s@]{1,150}\.[^\s@]{2,60}$/;
/** The same thing under other names. */
const otherNames: Readonly<Record<string, string>> = { blog: "site", author: "user" };

/**
 * Who and what an event is about, as people look for it, in the order of the payload: every `…_id` with a value by the
 * last word of its name, and every e-mail address.
 *
 * @example subjectsOf({ payload: '{"payment_id":5,"customer_user_email":"Robin@example.com"}', context: { siteId: 3 } })
 * // ["payment:5", "robin@example.com", "site:3"]
 */
export function subjectsOf({ payload, context }: Pick<WebhookEvent, "payload" | "context">): string[] {
  const subjects = new Set<string>();
  collect(subjects, JSON.parse(payload), maxDepth);
  if (context.siteId !== undefined) subjects.add(`site:${context.siteId}`);
  return [...subjects];
}

function collect(subjects: Set<string>, value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    if (subjects.size >= maxSubjects) return;
    const subject = subjectOf(name, item);
    if (subject !== null) subjects.add(subject);
    else if (depth > 1) collect(subjects, item, depth - 1);
  }
}

function subjectOf(name: string, value: unknown): string | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = String(value);
  if (email.test(text)) return text.toLowerCase();
  const [, kind] = idName.exec(name) ?? [];
  // WordPress writes 0 where there is nobody.
  if (kind === undefined || text === "0" || !idValue.test(text)) return null;
  return `${otherNames[kind] ?? kind}:${text.toLowerCase()}`;
}

/** What a bare number may be the number of. */
const countedKinds = ["customer", "membership", "payment", "site", "user", "domain", "product", "order"];

/**
 * What somebody looks for, as subjects; empty for a text that is none.
 *
 * @example subjectsIn("Customer:5") // ["customer:5"]
 */
export function subjectsIn(text: string): string[] {
  const wanted = text.trim().toLowerCase();
  if (email.test(wanted)) return [wanted];
  if (/^\d{1,19}$/.test(wanted)) return countedKinds.map((kind) => `${kind}:${wanted}`);
  const [, kind, value] = /^([a-z]+)\s*[:#]\s*([a-z0-9-]{1,64})$/.exec(wanted) ?? [];
  return kind === undefined || value === undefined ? [] : [`${otherNames[kind] ?? kind}:${value}`];
}

/** Numbered over the whole network; all others are numbered by each site anew. */
const networkWide = new Set([
  "customer",
  "membership",
  "payment",
  "site",
  "user",
  "domain",
  "network",
  "plan",
]);

/**
 * The object that an event happened to: of what it is about, that which its type names, else the first; null for none.
 * `isOfSite`: another site has another object of the same number.
 *
 * @example mainSubjectOf({ type: "payment_received", payload: '{"customer_id":7,"payment_id":5}', context: {} })
 * // { subject: "payment:5", isOfSite: false }
 */
export function mainSubjectOf(
  event: Pick<WebhookEvent, "type" | "payload" | "context">,
): { subject: string; isOfSite: boolean } | null {
  const subjects = subjectsOf(event).filter((subject) => !email.test(subject));
  const words = new Set(event.type.split(/[_.]/));
  const subject = subjects.find((each) => words.has(kindOf(each))) ?? subjects[0];
  return subject === undefined ? null : { subject, isOfSite: !networkWide.has(kindOf(subject)) };
}

function kindOf(subject: string): string {
  return subject.slice(0, subject.indexOf(":"));
}
