import type { Webhook } from "@sidehook/delivery";
import { durationText } from "../api/json.ts";
import { textOf } from "./access.ts";
import type { Translate } from "./language.ts";

export const formats = ["compatible", "envelope", "cloudevents"] as const;
export const authKinds = ["none", "basic", "bearer"] as const;
export const ratePeriods = ["second", "minute", "hour"] as const;

/** What a person has typed into the second part of the form, which may be left alone. */
export interface MoreValues {
  sites: string;
  filter: string;
  /** A line for each: name, colon, value. */
  headers: string;
  auth: (typeof authKinds)[number];
  user: string;
  password: string;
  token: string;
  format: (typeof formats)[number];
  retries: string;
  timeout: string;
  concurrency: string;
  rate: string;
  per: (typeof ratePeriods)[number];
  isOrdered: boolean;
}

/** As the API names them; a field that cannot be read becomes a problem instead. */
export interface MoreFields {
  siteIds: number[];
  filter: unknown;
  headers: Record<string, string>;
  format: string;
  retrySchedule: string[] | null;
  timeout: string | null;
  maxConcurrency: number | null;
  rateLimit: { limit: number; per: string } | null;
  ordered: boolean;
}

export const moreNames = [
  "sites",
  "filter",
  "headers",
  "auth",
  "retries",
  "timeout",
  "concurrency",
  "rate",
] as const;

export type MoreName = (typeof moreNames)[number];

/** Stands for a saved value that is not shown. */
export const mark = "***";
const authorization = "authorization";

export const emptyMore: MoreValues = {
  sites: "",
  filter: "",
  headers: "",
  auth: "none",
  user: "",
  password: "",
  token: "",
  format: "compatible",
  retries: "",
  timeout: "",
  concurrency: "",
  rate: "",
  per: "second",
  isOrdered: false,
};

/** A saved webhook in the fields of the form; the values of its headers are marks, never what they are. */
export function moreOf(webhook: Webhook): MoreValues {
  const { siteIds, filter, headers, format, retryScheduleMs, timeoutMs, maxConcurrency, rateLimit } = webhook;
  const saved = authorizationOf(headers);
  const auth = saved === undefined ? "none" : kindOf(saved);
  const shown = Object.keys(headers).filter(
    (name) => auth === "none" || name.toLowerCase() !== authorization,
  );
  return {
    sites: siteIds.join(" "),
    filter: filter ? JSON.stringify(filter, null, 2) : "",
    headers: shown.map((name) => `${name}: ${mark}`).join("\n"),
    auth,
    user: auth === "basic" ? mark : "",
    password: auth === "basic" ? mark : "",
    token: auth === "bearer" ? mark : "",
    format,
    retries: retryScheduleMs?.map(durationText).join(" ") ?? "",
    timeout: timeoutMs === null ? "" : durationText(timeoutMs),
    concurrency: maxConcurrency === null ? "" : String(maxConcurrency),
    rate: rateLimit ? String(rateLimit.limit) : "",
    per: rateLimit?.per ?? "second",
    isOrdered: webhook.isOrdered,
  };
}

/** An `Authorization` of another kind is a header like the others. */
function kindOf(saved: string): MoreValues["auth"] {
  if (/^basic /i.test(saved)) return "basic";
  return /^bearer /i.test(saved) ? "bearer" : "none";
}

function authorizationOf(headers: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === authorization)?.[1];
}

export function readMore(form: FormData): MoreValues {
  return {
    sites: textOf(form, "sites"),
    filter: textOf(form, "filter"),
    headers: textOf(form, "headers"),
    auth: oneOf(authKinds, textOf(form, "auth")),
    user: textOf(form, "user"),
    password: textOf(form, "password"),
    token: textOf(form, "authToken"),
    format: oneOf(formats, textOf(form, "format")),
    retries: textOf(form, "retries"),
    timeout: textOf(form, "timeout"),
    concurrency: textOf(form, "concurrency"),
    rate: textOf(form, "rate"),
    per: oneOf(ratePeriods, textOf(form, "per")),
    isOrdered: form.has("ordered"),
  };
}

/** The first where nothing known was chosen. */
function oneOf<T extends string>(choices: readonly [T, ...T[]], text: string): T {
  return choices.find((choice) => choice === text) ?? choices[0];
}

export interface ReadMore {
  fields: MoreFields;
  problems: Partial<Record<MoreName, string[]>>;
}

/** Turns texts into what the API takes; marks become the saved values they stand for. */
export function toMoreFields(more: MoreValues, saved: Webhook | null, t: Translate): ReadMore {
  const problems: ReadMore["problems"] = {};
  const headers = readHeaders(more.headers, saved?.headers ?? {});
  if (headers.wrong.length > 0)
    problems.headers = [t("problem.headers", { lines: headers.wrong.join(", ") })];
  const auth = readAuth(more, saved);
  if (auth === null) problems.auth = [t("problem.auth")];
  const filter = readJson(more.filter);
  if (filter instanceof SyntaxError) problems.filter = [sayJsonError(filter, t)];
  const fields: MoreFields = {
    siteIds: wordsOf(more.sites).map(numberOf),
    filter: filter instanceof SyntaxError ? null : filter,
    headers: { ...headers.read, ...auth },
    format: more.format,
    retrySchedule: more.retries.trim() === "" ? null : wordsOf(more.retries),
    timeout: more.timeout.trim() || null,
    maxConcurrency: more.concurrency.trim() === "" ? null : numberOf(more.concurrency.trim()),
    rateLimit: more.rate.trim() === "" ? null : { limit: numberOf(more.rate.trim()), per: more.per },
    ordered: more.isOrdered,
  };
  return { fields, problems };
}

/** Separated by spaces or commas. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** What is no number is told by the door of the API, as everything else. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function readJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return error; // a SyntaxError, which is told beside the field
  }
}

/** Where the mistake is, as far as the engine tells. */
function sayJsonError({ message }: SyntaxError, t: Translate): string {
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
  const token = /^Unexpected token '(.+?)'/u.exec(message)?.[1];
  let clause = t("problem.json");
  if (line !== undefined && column !== undefined) clause = t("problem.json.at", { line, column });
  else if (token !== undefined) clause = t("problem.json.token", { token });
  return t("problem.says", { what: t("more.filter"), message: clause });
}

function readHeaders(
  text: string,
  saved: Readonly<Record<string, string>>,
): { read: Record<string, string>; wrong: string[] } {
  const read: Record<string, string> = {};
  const wrong: string[] = [];
  for (const line of text.split(/\r?\n/).filter((each) => each.trim() !== "")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim();
    const typed = line.slice(colon + 1).trim();
    const value = typed === mark ? saved[name] : typed;
    if (colon < 1 || value === undefined) wrong.push(line.trim());
    else read[name] = value;
  }
  return { read, wrong };
}

/** The header for it; null: something is missing, or a mark stands for nothing. */
function readAuth(
  { auth, user, password, token }: MoreValues,
  saved: Webhook | null,
): Record<string, string> | null {
  if (auth === "none") return {};
  const before = authorizationOf(saved?.headers ?? {});
  const isKept = auth === "basic" ? user === mark && password === mark : token === mark;
  if (isKept) return before !== undefined && kindOf(before) === auth ? { [authorization]: before } : null;
  if (auth === "bearer") return token.trim() === "" ? null : { [authorization]: `Bearer ${token.trim()}` };
  if (user === "" || user.includes(":") || password === mark) return null;
  return { [authorization]: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}
