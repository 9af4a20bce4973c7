import { Hono } from "hono";
import { findEventType } from "@sidehook/events";
import type { Services } from "../services.ts";
import { binUrl } from "../api/json.ts";
import { textOf } from "./access.ts";
import { EventChoice, EventPreview } from "./components/event-choice.tsx";
import { describe, Field, Form, LinkButton, TextField } from "./components/form.tsx";
import { findUrlWarning, UrlWarningNotice, type UrlWarning } from "./components/url.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";
import {
  checkChanges,
  checkNew,
  newValues,
  readValues,
  valuesOf,
  type FieldProblems,
  type WebhookFormValues,
} from "./webhook-form-values.ts";

/** A form that is sent twice within this time adds one webhook. */
const formLifetimeMs = 24 * 3_600_000;

interface FormProps {
  title: string;
  /** Path the form is sent to. */
  action: string;
  values: WebhookFormValues;
  problems: FieldProblems | null;
  warning: UrlWarning | null;
  submit: string;
  cancelPath: string;
}

/** `/admin/webhooks/new` and `/admin/webhooks/{id}/edit` */
export function webhookFormPages(services: Services): Hono<AdminEnv> {
  const { store, newId, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/new", (context) => {
    const event = context.req.query("event") ?? "";
    const values = newValues(newId("form"), findEventType(event) ? event : "");
    return sendNewForm(context, services, values);
  });
  routes.post("/new", async (context) => {
    const values = await readForm(context, services);
    if (isUnfinished(context)) return sendNewForm(context, services, values);
    const { input, problems } = checkNew(values, context.get("view").t);
    if (!input) return sendNewForm(context, services, values, problems);
    const expiresAt = new Date(now().getTime() + formLifetimeMs);
    const isFirst = await store.useOnce(`form:${values.formId}`, expiresAt, now());
    if (!isFirst) return goWithNotice(context, "/webhooks", "again");
    const { webhook } = await store.createWebhook(input, now());
    return goWithNotice(context, `/webhooks/${webhook.id}`, "added");
  });
  routes.get("/:id/edit", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    return sendEditForm(context, services, { id: webhook.id, values: valuesOf(webhook) });
  });
  routes.post("/:id/edit", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const form = { id: webhook.id, values: await readForm(context, services) };
    if (isUnfinished(context)) return sendEditForm(context, services, form);
    const { input, problems } = checkChanges(form.values, webhook, context.get("view").t);
    if (!input) return sendEditForm(context, services, { ...form, problems });
    await store.updateWebhook(webhook.id, input, now());
    return goWithNotice(context, `/webhooks/${webhook.id}`, "saved");
  });
  return routes;
}

/** *Use a bin* and *Show payload* send the form too; everything typed comes back. */
function isUnfinished(context: AdminContext): boolean {
  return textOf(context.get("form"), "action") !== "";
}

/** The fields as they were sent; where a bin is wanted, with its URL. */
async function readForm(context: AdminContext, { store, now, publicUrl }: Services) {
  const values = readValues(context.get("form"));
  if (textOf(context.get("form"), "action") !== "bin") return values;
  const name = values.name.trim().slice(0, 200) || context.get("view").t("bin.unnamed");
  const bin = await store.createBin(name, now());
  return { ...values, url: binUrl(bin, publicUrl) };
}

function sendNewForm(
  context: AdminContext,
  services: Services,
  values: WebhookFormValues,
  problems: FieldProblems | null = null,
) {
  const { t } = context.get("view");
  return sendForm(context, {
    title: t("webhook.add"),
    action: "/webhooks/new",
    values,
    problems,
    warning: findUrlWarning(values.url, services),
    submit: t("webhook.save"),
    cancelPath: "/webhooks",
  });
}

function sendEditForm(
  context: AdminContext,
  services: Services,
  { id, values, problems = null }: { id: string; values: WebhookFormValues; problems?: FieldProblems | null },
) {
  const { t } = context.get("view");
  return sendForm(context, {
    title: t("webhook.editTitle"),
    action: `/webhooks/${id}/edit`,
    values,
    problems,
    warning: findUrlWarning(values.url, services),
    submit: t("webhook.saveChanges"),
    cancelPath: `/webhooks/${id}`,
  });
}

function sendForm(context: AdminContext, props: FormProps) {
  return sendPage(context, <WebhookFormPage {...props} />, props.problems ? 422 : 200);
}

function WebhookFormPage(props: FormProps) {
  const { title, action, values, problems, warning, submit, cancelPath } = props;
  const { t } = useView();
  return (
    <Page title={title}>
      <div class="columns form-columns">
        <Form action={action} class="panel">
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
          <ActiveField isActive={values.isActive} />
          <div class="actions">
            <button type="submit" class="button primary">
              {submit}
            </button>
            <LinkButton path={cancelPath} label={t("cancel")} />
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
  const controls = { name: "name", url: "url", events: "event" } as const;
  const fields = (["name", "url", "events"] as const).filter((field) => problems[field]?.length);
  return (
    <div class="notice error" role="alert">
      <p>{t("problem.summary", { count })}</p>
      <ul>
        {fields.map((field) => (
          <li>
            <a href={`#${controls[field]}`}>{t(`problem.${field}`)}</a>
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
