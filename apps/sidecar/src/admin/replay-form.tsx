import { Hono } from "hono";
import { deliveryStates, failureClasses, type Webhook } from "@sidehook/delivery";
import { findEventType } from "@sidehook/events";
import { ConflictError, NotFoundError, type ReplayFilter, type ReplayPlan } from "@sidehook/store";
import { ProblemError } from "../api/problem.ts";
import { replayFilter } from "../replay-input.ts";
import type { Services } from "../services.ts";
import { listAllWebhooks } from "../webhooks.ts";
import { textOf } from "./access.ts";
import { eventName, EventOptions } from "./components/event-type.tsx";
import { AddressFields, SelectFilter } from "./components/filters.tsx";
import { ActionButton } from "./components/form.tsx";
import { CauseFilter } from "./components/log-filters.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { isFirstSending } from "./form-once.ts";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { findLocal, timeZoneOf, toLocal, zoneName } from "./time-zone.ts";
import { useView } from "./view.ts";

/** `zone` is that of the two times, so that an address means the same wherever it is opened; UTC without it. */
const names = ["webhook", "event", "state", "cause", "site", "since", "until", "zone", "missing"] as const;
type Values = Record<(typeof names)[number], string>;

/** What the form shows below itself once something has been chosen. */
type Outcome =
  | { plan: ReplayPlan }
  | { problem: "replay.inactive" | "replay.noWebhook" | "replay.invalid" }
  | null;

/** `/admin/replays/new`: choose, see how many that are, and only then replay them. */
export function replayFormPage(services: Services): Hono<AdminEnv> {
  const { store, now, newId } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/new", async (context) => {
    const values = readValues((name) => context.req.query(name) ?? "");
    const isAsked = context.req.query("count") !== undefined;
    const [webhooks, outcome] = await Promise.all([
      listAllWebhooks(store),
      isAsked ? plan(store, values) : null,
    ]);
    const isBad = outcome !== null && "problem" in outcome;
    const shown = inZone(values, context.get("view").timeZone);
    const page = <ReplayFormPage {...{ values: shown, webhooks, outcome, formId: newId("form") }} />;
    return sendPage(context, page, isBad ? 422 : 200);
  });
  routes.post("/", async (context) => {
    const form = context.get("form");
    const filter = parseValues(readValues((name) => textOf(form, name)));
    if (!filter) throw new ProblemError(400, "The replay is not valid.");
    const isFirst = await isFirstSending(form, services);
    if (!isFirst) return goWithNotice(context, "/replays", "replayedBefore");
    const { id } = await store.createReplay(filter, now());
    return context.redirect(context.get("view").link(`/replays/${id}`), 303);
  });
  return routes;
}

function readValues(read: (name: string) => string): Values {
  return Object.fromEntries(names.map((name) => [name, read(name).trim()])) as Values;
}

/** Undefined for values that are not right: to leave one out would replay more than was meant. */
function parseValues(values: Values): ReplayFilter | undefined {
  const fields = {
    webhookId: values.webhook,
    eventType: values.event,
    state: values.state,
    failureClass: values.cause,
    siteId: values.site === "" ? "" : Number(values.site),
    since: timeOf(values.since, values.zone),
    until: timeOf(values.until, values.zone),
    missing: values.missing === "" ? "" : values.missing === "true",
  };
  const given = Object.entries(fields).filter(([, value]) => value !== "");
  return replayFilter.safeParse(Object.fromEntries(given)).data;
}

/** As the API takes it; what is no time stays as it is, and is refused. */
function timeOf(text: string, zone: string): string {
  return findLocal(text, timeZoneOf(zone))?.toISOString() ?? text;
}

/** The same times as the reader's clock shows them. */
function inZone(values: Values, zone: string): Values {
  const shown = (text: string) => {
    const at = findLocal(text, timeZoneOf(values.zone));
    return at ? toLocal(at, zone) : text;
  };
  return { ...values, since: shown(values.since), until: shown(values.until), zone };
}

async function plan(store: Services["store"], values: Values): Promise<Outcome> {
  const filter = parseValues(values);
  if (!filter) return { problem: "replay.invalid" };
  try {
    return { plan: await store.planReplay(filter) };
  } catch (error) {
    if (error instanceof ConflictError) return { problem: "replay.inactive" };
    if (error instanceof NotFoundError) return { problem: "replay.noWebhook" };
    throw error;
  }
}

interface FormProps {
  values: Values;
  webhooks: readonly Webhook[];
  outcome: Outcome;
  formId: string;
}

function ReplayFormPage({ values, webhooks, outcome, formId }: FormProps) {
  const { t } = useView();
  return (
    <Page title={t("replay.new")} parent={{ path: "/replays", label: t("nav.replays") }}>
      <p>{t("replay.text")}</p>
      <ReplayForm values={values} webhooks={webhooks} />
      {outcome && "problem" in outcome && (
        <div class="notice error" role="alert">
          <p>{t(outcome.problem)}</p>
        </div>
      )}
      {outcome && "plan" in outcome && <PlanPanel plan={outcome.plan} fields={{ ...values, formId }} />}
    </Page>
  );
}

function ReplayForm({ values, webhooks }: Pick<FormProps, "values" | "webhooks">) {
  const { t, link, language } = useView();
  const zone = zoneName(values.zone, language);
  const others = values.event !== "" && !findEventType(values.event) ? [values.event] : [];
  return (
    <form
      method="get"
      action={link("/replays/new")}
      class="filters wide-fields"
      aria-label={t("replay.what")}
    >
      <AddressFields path="/replays/new" />
      <input type="hidden" name="count" value="1" />
      <input type="hidden" name="zone" value={values.zone} />
      <SelectFilter name="webhook" label={t("field.webhook")} all={t("filter.allWebhooks")}>
        {webhooks.map(({ id, name }) => (
          <option value={id} selected={id === values.webhook}>
            {name}
          </option>
        ))}
      </SelectFilter>
      <SelectFilter name="missing" label={t("replay.what")} all={t("replay.existing")}>
        <option value="true" selected={values.missing === "true"}>
          {t("replay.missing")}
        </option>
      </SelectFilter>
      <SelectFilter name="event" label={t("field.event")} all={t("filter.allEvents")}>
        <EventOptions selected={values.event} others={others} />
      </SelectFilter>
      <SelectFilter name="state" label={t("field.state")} all={t("filter.allStates")}>
        {deliveryStates.map((state) => (
          <option value={state} selected={state === values.state}>
            {t(`state.${state}`)}
          </option>
        ))}
      </SelectFilter>
      <CauseFilter cause={failureClasses.find((each) => each === values.cause) ?? ""} />
      <InputFilter name="site" label={t("replay.site")} type="number" value={values.site} />
      <InputFilter
        name="since"
        label={`${t("replay.since")} (${zone})`}
        type="datetime-local"
        value={values.since}
      />
      <InputFilter
        name="until"
        label={`${t("replay.until")} (${zone})`}
        type="datetime-local"
        value={values.until}
      />
      <div class="actions">
        <button type="submit" class="button">
          {t("replay.count")}
        </button>
      </div>
    </form>
  );
}

interface InputProps {
  name: string;
  label: string;
  type: "number" | "datetime-local";
  value: string;
}

function InputFilter({ name, label, type, value }: InputProps) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <input id={`filter-${name}`} type={type} name={name} value={value} step="1" />
    </div>
  );
}

/** The number comes before the button that does it. */
function PlanPanel({ plan, fields }: { plan: ReplayPlan; fields: Readonly<Record<string, string>> }) {
  const { t, link } = useView();
  return (
    <section class="panel" aria-labelledby="plan">
      <h2 id="plan">{t("replay.planned", { count: plan.planned })}</h2>
      {plan.planned > 0 && (
        <>
          <p>{t("replay.sample")}</p>
          <Table
            caption={t("replay.sample")}
            columns={[t("field.event"), t("field.created")]}
            rows={plan.sample.map((item) => [
              <a href={link(item.deliveryId ? `/deliveries/${item.deliveryId}` : `/events/${item.eventId}`)}>
                <bdi>{eventName(item.eventType, t)}</bdi>
              </a>,
              <RelativeTime at={item.createdAt} />,
            ])}
          />
          <ActionButton
            action="/replays"
            fields={fields}
            label={t("replay.confirm", { count: plan.planned })}
            kind="primary"
          />
        </>
      )}
    </section>
  );
}
