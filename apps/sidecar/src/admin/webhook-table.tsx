import type { Webhook } from "@sidehook/delivery";
import {
  webhookOrders,
  type HourCount,
  type WebhookHealth,
  type WebhookOrder,
  type WebhookState,
} from "@sidehook/store";
import { Sparkline } from "./components/chart.tsx";
import { EventNames } from "./components/event-type.tsx";
import { Filters, SelectFilter } from "./components/filters.tsx";
import { HealthBadge } from "./components/status.tsx";
import { Table } from "./components/table.tsx";
import { formatDuration, RelativeTime } from "./components/time.tsx";
import { Endpoint } from "./components/url.tsx";
import { useView } from "./view.ts";

const hourMs = 3_600_000;
const shownHours = 24;

/** What the list is about, as its address says. */
export interface WebhookQuery {
  q: string;
  state: WebhookState | null;
  order: WebhookOrder;
  /** From 1. */
  page: number;
}

/** A webhook with how it is doing. */
export interface ListedWebhook {
  webhook: Webhook;
  health: WebhookHealth | undefined;
  hours: readonly HourCount[];
  nextRetryAt: Date | null;
}

export const webhookStates = ["failing", "held", "paused", "disabled", "healthy"] as const;

export function WebhookFilters({ query }: { query: WebhookQuery }) {
  const { t } = useView();
  return (
    <Filters path="/webhooks" isFiltered={query.q !== "" || query.state !== null || query.order !== "newest"}>
      <div class="field">
        <label for="filter-q">{t("eventTypes.search")}</label>
        <input id="filter-q" type="search" name="q" value={query.q} autocomplete="off" />
      </div>
      <SelectFilter name="state" label={t("field.state")} all={t("filter.allStates")}>
        {webhookStates.map((state) => (
          <option value={state} selected={state === query.state}>
            {t(state === "disabled" ? "health.inactive" : `health.${state}`)}
          </option>
        ))}
      </SelectFilter>
      <div class="field">
        <label for="filter-order">{t("webhooks.order")}</label>
        <select id="filter-order" name="order">
          {webhookOrders.map((order) => (
            <option value={order} selected={order === query.order}>
              {t(`webhooks.order.${order}`)}
            </option>
          ))}
        </select>
      </div>
    </Filters>
  );
}

/** One row for each, with a box to choose it for what the form around the table does. */
export function WebhookTable({ rows }: { rows: readonly ListedWebhook[] }) {
  const { t } = useView();
  return (
    <Table
      caption={t("nav.webhooks")}
      columns={[
        t("field.name"),
        t("field.event"),
        t("field.health"),
        t("field.last24h"),
        t("field.p95"),
        t("field.waiting"),
        t("field.actions"),
      ]}
      rows={rows.map((row) => [
        <NameCell webhook={row.webhook} />,
        <EventNames events={row.webhook.events} />,
        <HealthBadge webhook={row.webhook} health={row.health} />,
        <DayCell {...row} />,
        <LatencyCell health={row.health} />,
        <WaitingCell {...row} />,
        <RowActions webhook={row.webhook} />,
      ])}
    />
  );
}

function NameCell({ webhook: { id, name, url } }: { webhook: Webhook }) {
  const { t, link } = useView();
  return (
    <span class="chosen">
      <input type="checkbox" name="id" value={id} aria-label={t("webhooks.choose", { name })} />
      <span>
        <a href={link(`/webhooks/${id}`)}>
          <bdi>{name}</bdi>
        </a>
        <span class="muted below">
          <Endpoint url={url} />
        </span>
      </span>
    </span>
  );
}

function DayCell({ health, hours }: ListedWebhook) {
  const { t, now, language } = useView();
  const delivered = health?.delivered24h ?? 0;
  const failed = health?.failed24h ?? 0;
  if (delivered + failed === 0) return <span class="muted">{t("webhooks.quiet")}</span>;
  const thisHour = now.getTime() - (now.getTime() % hourMs);
  const byHour = new Map(hours.map((hour) => [hour.at.getTime(), hour]));
  const counts = Array.from(
    { length: shownHours },
    (_, index) => byHour.get(thisHour - (shownHours - 1 - index) * hourMs) ?? { delivered: 0, failed: 0 },
  );
  const rate = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  // Rounded down: what is not all is not shown as all.
  const share = Math.floor((delivered / (delivered + failed)) * 1000) / 1000;
  return (
    <span class="day">
      <Sparkline counts={counts} text={t("chart.deliveriesSummary", { delivered, failed })} />
      <span>{rate.format(share)}</span>
    </span>
  );
}

function LatencyCell({ health }: { health: WebhookHealth | undefined }) {
  const { language } = useView();
  const p95Ms = health?.p95Ms ?? null;
  return p95Ms === null ? <span class="muted">–</span> : <>{formatDuration(p95Ms, language)}</>;
}

function WaitingCell({ webhook, health, nextRetryAt }: ListedWebhook) {
  const { t, link, now } = useView();
  const count = health?.pending ?? 0;
  if (count === 0) return <>{t("number", { count })}</>;
  return (
    <>
      <a href={link("/deliveries", { webhook: webhook.id, state: "pending" })}>{t("number", { count })}</a>
      {nextRetryAt && nextRetryAt > now && !webhook.isPaused && (
        <span class="muted below">
          {t("webhooks.nextRetry")} <RelativeTime at={nextRetryAt} />
        </span>
      )}
    </>
  );
}

function RowActions({ webhook }: { webhook: Webhook }) {
  const { t, link } = useView();
  const names = { name: webhook.name };
  return (
    <span class="row-actions">
      <a href={link(`/webhooks/${webhook.id}/edit`)} aria-label={t("webhook.editNamed", names)}>
        {t("webhook.edit")}
      </a>
      <a href={link(`/webhooks/${webhook.id}/test`)} aria-label={t("webhook.testNamed", names)}>
        {t("webhook.testShort")}
      </a>
    </span>
  );
}

/** Which part of the list is shown, and the ways to the others. */
export function WebhookPaging({ query, total, size }: { query: WebhookQuery; total: number; size: number }) {
  const { t, link } = useView();
  const from = (query.page - 1) * size;
  if (total <= size && from === 0) return null;
  const to = Math.min(total, from + size);
  const hrefOf = (page: number) => link("/webhooks", { ...query, page: page === 1 ? null : page });
  return (
    <nav class="paging" aria-label={t("paging.label")}>
      <span class="muted">{t("paging.part", { from: Math.min(from + 1, total), to, total })}</span>
      {query.page > 1 && <a href={hrefOf(query.page - 1)}>{t("paging.previous")}</a>}
      {to < total && <a href={hrefOf(query.page + 1)}>{t("paging.following")}</a>}
    </nav>
  );
}
