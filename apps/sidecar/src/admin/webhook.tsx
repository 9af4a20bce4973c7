import { Hono } from "hono";
import type { Child } from "hono/jsx";
import { ultimateMultisite, type Webhook } from "@sidehook/delivery";
import type { Delivery, StatsBucket, WebhookHealth } from "@sidehook/store";
import { durationText } from "../api/json.ts";
import type { Services } from "../services.ts";
import { DeliveryChart, LatencyChart } from "./components/chart.tsx";
import { Literal } from "./components/code.tsx";
import { DeliveryTable } from "./components/delivery-table.tsx";
import { eventName } from "./components/event-type.tsx";
import { ActionButton, Form, LinkButton } from "./components/form.tsx";
import { chooseRange, RangeLinks, statsOf, type Range } from "./components/range.tsx";
import { HealthBadge } from "./components/status.tsx";
import { Facts } from "./components/table.tsx";
import { ExactTime, formatDuration, FullTime } from "./components/time.tsx";
import { Endpoint, findUrlWarning, UrlWarningNotice, type UrlWarning } from "./components/url.tsx";
import { WebhookTabs } from "./components/webhook-tabs.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import type { Translate } from "./language.ts";
import { useView } from "./view.ts";
import { testableTypes } from "./webhook-test.tsx";

const shownDeliveries = 10;

interface Details {
  webhook: Webhook;
  health: WebhookHealth | undefined;
  deliveries: readonly Delivery[];
  warning: UrlWarning | null;
  range: Range;
  buckets: readonly StatsBucket[];
}

/** `/admin/webhooks/{id}` */
export function webhookPage(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/:id", async (context) => {
    const range = chooseRange(context.req.query("range"));
    const { timeZone } = context.get("view");
    const details = await readDetails(services, context.req.param("id"), { range, timeZone });
    return sendPage(context, <WebhookPage {...details} />);
  });
  return routes;
}

async function readDetails(
  services: Services,
  id: string,
  { range, timeZone }: { range: Range; timeZone: string },
): Promise<Details> {
  const { store, now } = services;
  const webhook = await store.getWebhook(id);
  const until = now();
  const [health, deliveries, buckets] = await Promise.all([
    store.getWebhookHealth([id], until),
    store.listDeliveries({ webhookId: id }, { limit: shownDeliveries }),
    store.readStats({ ...statsOf(range, until, timeZone), webhookId: id }),
  ]);
  const warning = findUrlWarning(webhook.url, services);
  return { webhook, health: health.get(id), deliveries: deliveries.data, warning, range, buckets };
}

function WebhookPage(details: Details) {
  const { t } = useView();
  const { webhook, health, warning, range, buckets } = details;
  return (
    <Page
      title={webhook.name}
      parent={{ path: "/webhooks", label: t("nav.webhooks") }}
      actions={<Actions webhook={webhook} />}
      tabs={<WebhookTabs webhook={webhook} current="overview" />}
    >
      <UrlWarningNotice warning={warning} />
      {webhook.source === ultimateMultisite && <p class="notice">{t("webhook.mirrored")}</p>}
      {webhook.isPaused && <ResumePanel webhook={webhook} waiting={health?.pending ?? 0} />}
      <div class="columns">
        <section class="panel" aria-labelledby="health">
          <h2 id="health">{t("field.health")}</h2>
          <HealthFacts webhook={webhook} health={health} />
        </section>
        <section class="panel" aria-labelledby="settings">
          <h2 id="settings">{t("webhook.settings")}</h2>
          <SettingFacts webhook={webhook} />
        </section>
      </div>
      <RangeLinks path={`/webhooks/${webhook.id}`} range={range} />
      <div class="columns">
        <DeliveryChart buckets={buckets} bucketMs={range.bucketMs} />
        <LatencyChart buckets={buckets} bucketMs={range.bucketMs} />
      </div>
      <LastDeliveries {...details} />
      <section class="end">
        <LinkButton path={`/webhooks/${webhook.id}/delete`} label={t("webhook.delete")} kind="danger" />
      </section>
    </Page>
  );
}

function Actions({ webhook }: { webhook: Webhook }) {
  const { t } = useView();
  const { id, isActive, isPaused } = webhook;
  const test = { label: t("webhook.test"), kind: "primary" } as const;
  return (
    <>
      {/* Where there is nothing to choose, it is sent at once. */}
      {testableTypes(webhook).length === 1 ? (
        <ActionButton action={`/webhooks/${id}/test`} {...test} />
      ) : (
        <LinkButton path={`/webhooks/${id}/test`} {...test} />
      )}
      {isActive && !isPaused && <ActionButton action={`/webhooks/${id}/pause`} label={t("webhook.pause")} />}
      {isActive ? (
        <ActionButton action={`/webhooks/${id}/deactivate`} label={t("webhook.deactivate")} />
      ) : (
        <ActionButton action={`/webhooks/${id}/activate`} label={t("webhook.activate")} />
      )}
    </>
  );
}

/** What waits is told before anything is sent or thrown away. */
function ResumePanel({ webhook, waiting }: { webhook: Webhook; waiting: number }) {
  const { t } = useView();
  return (
    <section class="notice warning" aria-label={t("webhook.resume")}>
      <p>{t("webhook.pausedText", { count: waiting })}</p>
      <Form action={`/webhooks/${webhook.id}/resume`} class="actions">
        <button type="submit" name="backlog" value="send" class="button primary">
          {t("webhook.resumeSend", { count: waiting })}
        </button>
        {waiting > 0 && (
          <button type="submit" name="backlog" value="discard" class="button danger">
            {t("webhook.resumeDiscard", { count: waiting })}
          </button>
        )}
      </Form>
    </section>
  );
}

function HealthFacts({ webhook, health }: { webhook: Webhook; health: WebhookHealth | undefined }) {
  const { t, language } = useView();
  const p95Ms = health?.p95Ms ?? null;
  const time = (at: Date | null | undefined) => (at ? <FullTime at={at} /> : t("never"));
  return (
    <Facts
      facts={[
        [t("field.state"), <HealthBadge webhook={webhook} health={health} />],
        [t("field.waiting"), t("number", { count: health?.pending ?? 0 })],
        [t("field.delivered24h"), t("number", { count: health?.delivered24h ?? 0 })],
        [t("field.failed24h"), t("number", { count: health?.failed24h ?? 0 })],
        [t("field.lastSuccess"), time(health?.lastSuccessAt)],
        [t("field.lastFailure"), time(health?.lastFailureAt)],
        ...(p95Ms === null ? [] : [[t("field.p95"), formatDuration(p95Ms, language)] as const]),
      ]}
    />
  );
}

function SettingFacts({ webhook }: { webhook: Webhook }) {
  const { t, language } = useView();
  const sites = webhook.siteIds.length === 0 ? t("webhook.allSites") : webhook.siteIds.join(", ");
  const headers = Object.keys(webhook.headers).join(", ");
  return (
    <Facts
      facts={[
        [t("field.url"), <Endpoint url={webhook.url} />],
        [t("field.event"), <EventList events={webhook.events} />],
        [t("field.sites"), sites],
        [t("field.format"), t(`format.${webhook.format}`)],
        ...(headers === "" ? [] : [[t("field.headers"), <Literal text={headers} />] as const]),
        ...(webhook.filter
          ? [[t("more.filter"), <Literal text={JSON.stringify(webhook.filter)} />] as const]
          : []),
        ...limitFacts(webhook, t, language),
        [t("field.source"), <Literal text={webhook.source} />],
        [t("field.created"), <ExactTime at={webhook.createdAt} />],
        [t("field.id"), <Literal text={webhook.id} />],
      ]}
    />
  );
}

/** What is not as the service has it for all. */
function limitFacts(webhook: Webhook, t: Translate, language: string): (readonly [string, Child])[] {
  const { retryScheduleMs, timeoutMs, maxConcurrency, rateLimit, isOrdered } = webhook;
  const facts: (readonly [string, Child])[] = [];
  if (retryScheduleMs)
    facts.push([t("more.retries"), <Literal text={retryScheduleMs.map(durationText).join(" ")} />]);
  if (timeoutMs !== null) facts.push([t("more.timeout"), formatDuration(timeoutMs, language)]);
  if (maxConcurrency !== null) facts.push([t("more.concurrency"), t("number", { count: maxConcurrency })]);
  if (rateLimit) {
    facts.push([
      t("more.rate"),
      `${t("number", { count: rateLimit.limit })} / ${t(`more.per.${rateLimit.per}`)}`,
    ]);
  }
  if (isOrdered) facts.push([t("more.order"), t("more.ordered")]);
  return facts;
}

function EventList({ events }: { events: readonly string[] }) {
  const { t } = useView();
  return (
    <ul class="plain">
      {events.map((event) => (
        <li>
          <bdi>{event === "*" ? t("event.all") : eventName(event, t)}</bdi>{" "}
          {eventName(event, t) !== event && <code class="muted">{event}</code>}
        </li>
      ))}
    </ul>
  );
}

function LastDeliveries({ webhook, deliveries }: Details) {
  const { t, link } = useView();
  return (
    <section aria-labelledby="deliveries">
      <h2 id="deliveries">{t("webhook.lastDeliveries")}</h2>
      {deliveries.length === 0 ? (
        <p class="muted">{t("webhook.noDeliveries")}</p>
      ) : (
        <>
          <DeliveryTable deliveries={deliveries} showsWebhook={false} />
          <p>
            <a href={link("/deliveries", { webhook: webhook.id })}>{t("webhook.allDeliveries")}</a>
          </p>
        </>
      )}
      {webhook.isActive && (
        <p>
          <a href={link("/replays/new", { webhook: webhook.id, missing: "true", count: 1 })}>
            {t("webhook.replayMissing")}
          </a>
        </p>
      )}
    </section>
  );
}
