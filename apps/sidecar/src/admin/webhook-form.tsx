import { Hono } from "hono";
import { findEventType } from "@sidehook/events";
import type { Filter, Webhook } from "@sidehook/delivery";
import type { WebhookInput } from "@sidehook/store";
import type { Services } from "../services.ts";
import { binUrl } from "../api/json.ts";
import { textOf } from "./access.ts";
import { EventChoice, EventPreview } from "./components/event-choice.tsx";
import { describe, Field, Form, LinkButton, TextField } from "./components/form.tsx";
import { findUrlWarning, UrlWarningNotice, type UrlWarning } from "./components/url.tsx";
import { MoreFields } from "./components/webhook-more.tsx";
import { WebhookTabs } from "./components/webhook-tabs.tsx";
import { isFirstSending } from "./form-once.ts";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";
import {
  checkChanges,
  checkNew,
  eventsOf,
  fieldLabels,
  newValues,
  readValues,
  valuesOf,
  type FieldName,
  type FieldProblems,
  type WebhookFormValues,
} from "./webhook-form-values.ts";
import { emptyMore, moreOf, toMoreFields } from "./webhook-more-values.ts";
import { tryOnPastEvents, type Trial } from "./webhook-trial.ts";

interface FormProps {
  values: WebhookFormValues;
  problems: FieldProblems | null;
  warning: UrlWarning | null;
  /** What came of trying it on past events; null: nobody has asked. */
  trial: Trial | null;
  /** The webhook that is edited; null for a new one. */
  saved: Webhook | null;
}

/** `/admin/webhooks/new` and `/admin/webhooks/{id}/edit` */
export function webhookFormPages(services: Services): Hono<AdminEnv> {
  const { store, newId, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/new", (context) => {
    const event = context.req.query("event") ?? "";
    const values = newValues(newId("form"), findEventType(event) ? event : "");
    return sendForm(context, services, { values, saved: null });
  });
  routes.post("/new", async (context) => {
    const form = { values: await readForm(context, services, null), saved: null };
    const { input, problems } = checkNew(form.values, context.get("view").t);
    if (isUnfinished(context)) return sendUnfinished(context, services, { ...form, input, problems });
    if (!input) return sendForm(context, services, { ...form, problems });
    if (!(await isFirstSending(context.get("form"), services))) {
      return goWithNotice(context, "/webhooks", "again");
    }
    const { webhook } = await store.createWebhook(input, now());
    return goWithNotice(context, `/webhooks/${webhook.id}`, "added");
  });
  routes.get("/:id/edit", async (context) => {
    const saved = await store.getWebhook(context.req.param("id"));
    return sendForm(context, services, { values: valuesOf(saved), saved });
  });
  routes.post("/:id/edit", async (context) => {
    const saved = await store.getWebhook(context.req.param("id"));
    const form = { values: await readForm(context, services, saved), saved };
    const { input, problems } = checkChanges(form.values, saved, context.get("view").t);
    if (isUnfinished(context)) return sendUnfinished(context, services, { ...form, input, problems });
    if (!input) return sendForm(context, services, { ...form, problems });
    await store.updateWebhook(saved.id, input, now());
    return goWithNotice(context, `/webhooks/${saved.id}`, "saved");
  });
  return routes;
}

/** *Use a bin*, *Show payload* and *Try on past events* send the form too; everything typed comes back. */
function isUnfinished(context: AdminContext): boolean {
  return textOf(context.get("form"), "action") !== "";
}

/** The fields as they were sent; where a bin is wanted, with its URL. */
async function readForm(context: AdminContext, { store, now, publicUrl }: Services, saved: Webhook | null) {
  const values = readValues(context.get("form"), saved ? moreOf(saved) : emptyMore);
  if (textOf(context.get("form"), "action") !== "bin") return values;
  const name = values.name.trim().slice(0, 200) || context.get("view").t("bin.unnamed");
  const bin = await store.createBin(name, now());
  return { ...values, url: binUrl(bin, publicUrl) };
}

interface Sent {
  values: WebhookFormValues;
  saved: Webhook | null;
  problems?: FieldProblems | null;
  trial?: Trial | null;
}

const isTried: ReadonlySet<string> = new Set<FieldName>(["events", "sites", "filter"]);

/** A trial needs the events and the filter, and nothing else that may still be missing. */
async function sendUnfinished(
  context: AdminContext,
  services: Services,
  { input, problems, ...form }: Sent & { input: Partial<WebhookInput> | null },
) {
  if (textOf(context.get("form"), "action") !== "try") return sendForm(context, services, form);
  const inTheWay = Object.entries(problems ?? {}).filter(([name]) => isTried.has(name));
  if (inTheWay.length > 0) {
    return sendForm(context, services, { ...form, problems: Object.fromEntries(inTheWay) });
  }
  const { t } = context.get("view");
  const { fields } = toMoreFields(form.values.more, form.saved, t);
  const tried = {
    events: eventsOf(form.values),
    siteIds: input?.siteIds ?? fields.siteIds,
    filter: input?.filter ?? (fields.filter as Filter | null),
  };
  return sendForm(context, services, { ...form, trial: await tryOnPastEvents(services, tried) });
}

function sendForm(
  context: AdminContext,
  services: Services,
  { values, saved, problems = null, trial = null }: Sent,
) {
  const warning = findUrlWarning(values.url, services);
  const page = <WebhookFormPage {...{ values, saved, problems, trial, warning }} />;
  return sendPage(context, page, problems ? 422 : 200);
}

function WebhookFormPage({ values, saved, problems, trial, warning }: FormProps) {
  const { t } = useView();
  const path = saved ? `/webhooks/${saved.id}` : "/webhooks";
  return (
    <Page
      title={saved?.name ?? t("webhook.add")}
      parent={{ path: "/webhooks", label: t("nav.webhooks") }}
      tabs={saved && <WebhookTabs webhook={saved} current="settings" />}
    >
      <div class="columns form-columns">
        <Form action={saved ? `${path}/edit` : `${path}/new`} class="panel">
          {/* The first button is the one that Enter presses; without it that would be *Use a bin*. */}
          <button type="submit" class="visually-hidden" tabindex={-1} aria-hidden="true" />
          <input type="hidden" name="formId" value={values.formId} />
          {problems && <ProblemSummary problems={problems} />}
          <TextField
            id="name"
            label={t("field.name")}
            value={values.name}
            hint={t("webhook.nameHint")}
            problems={problems?.name}
            required
          />
          <UrlField url={values.url} problems={problems?.url} />
          <UrlWarningNotice warning={warning} />
          <EventChoice values={values} problems={problems?.events} />
          <MoreFields values={values} problems={problems} trial={trial} />
          <ActiveField isActive={values.isActive} />
          <div class="actions">
            <button type="submit" class="button primary">
              {t(saved ? "webhook.saveChanges" : "webhook.save")}
            </button>
            <LinkButton path={path} label={t("cancel")} />
          </div>
        </Form>
        <EventPreview values={values} />
      </div>
    </Page>
  );
}

function ProblemSummary({ problems }: { problems: FieldProblems }) {
  const { t } = useView();
  const count = Object.values(problems).flat().length;
  const fields = (Object.keys(fieldLabels) as FieldName[]).filter((field) => problems[field]?.length);
  return (
    <div class="notice error" role="alert">
      <p>{t("problem.summary", { count })}</p>
      <ul>
        {fields.map((field) => (
          <li>
            <a href={`#${field === "events" ? "event" : field}`}>{t(fieldLabels[field])}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

function UrlField({ url, problems }: { url: string; problems: readonly string[] | undefined }) {
  const { t } = useView();
  const hint = url.includes("***:***@") ? t("webhook.urlMarkHint") : t("webhook.urlHint");
  return (
    <Field id="url" label={t("field.url")} hint={hint} problems={problems}>
      <div class="with-button">
        <input
          {...describe("url", { hint, problems })}
          type="url"
          name="url"
          value={url}
          placeholder="https://"
          autocomplete="off"
          spellcheck={false}
          dir="ltr"
          required
        />
        <button type="submit" name="action" value="bin" class="button">
          {t("webhook.useBin")}
        </button>
      </div>
    </Field>
  );
}

function ActiveField({ isActive }: { isActive: boolean }) {
  const { t } = useView();
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" name="active" value="yes" checked={isActive} aria-describedby="active-hint" />
        {t("field.active")}
      </label>
      <p class="hint" id="active-hint">
        {t("webhook.activeHint")}
      </p>
    </div>
  );
}
