import { Hono } from "hono";
import type { Webhook } from "@sidehook/delivery";
import type { Page as StorePage, WebhookHealth } from "@sidehook/store";
import type { Services } from "../services.ts";
import { EventNames } from "./components/event-type.tsx";
import { LinkButton } from "./components/form.tsx";
import { Empty, pageSize, Paging } from "./components/paging.tsx";
import { HealthBadge } from "./components/status.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { Endpoint } from "./components/url.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";
import { webhookActions } from "./webhook-actions.tsx";
import { webhookFormPages } from "./webhook-form.tsx";
import { webhookTestPages } from "./webhook-test.tsx";
import { webhookPage } from "./webhook.tsx";

/** `/admin/webhooks` and everything about one webhook below it. */
export function webhookPages(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const cursor = context.req.query("cursor");
    const page = await store.listWebhooks({ limit: pageSize, cursor });
    const ids = page.data.map(({ id }) => id);
    const health = await store.getWebhookHealth(ids, now());
    return sendPage(context, <WebhookListPage page={page} health={health} cursor={cursor} />);
  });
  // The form comes first: `/new` is not the id of a webhook.
  routes.route("/", webhookFormPages(services));
  routes.route("/", webhookTestPages(services));
  routes.route("/", webhookActions(services));
  routes.route("/", webhookPage(services));
  return routes;
}

interface ListProps {
  page: StorePage<Webhook>;
  health: ReadonlyMap<string, WebhookHealth>;
  cursor: string | undefined;
}

function WebhookListPage({ page, health, cursor }: ListProps) {
  const { t } = useView();
  const isEmpty = page.data.length === 0;
  const add = <LinkButton path="/webhooks/new" label={t("webhook.add")} kind="primary" />;
  return (
    <Page title={t("nav.webhooks")} actions={isEmpty ? undefined : add}>
      {isEmpty ? (
        <Empty title={t("webhooks.none")}>
          <p>{t("webhooks.noneText")}</p>
          <p>{add}</p>
        </Empty>
      ) : (
        <WebhookTable webhooks={page.data} health={health} />
      )}
      <Paging path="/webhooks" query={{ cursor }} nextCursor={page.nextCursor} />
    </Page>
  );
}

function WebhookTable({ webhooks, health }: { webhooks: readonly Webhook[]; health: ListProps["health"] }) {
  const { t } = useView();
  return (
    <Table
      caption={t("nav.webhooks")}
      columns={[
        t("field.name"),
        t("field.url"),
        t("field.event"),
        t("field.health"),
        t("field.waiting"),
        t("field.last24h"),
        t("field.lastSuccess"),
        t("field.actions"),
      ]}
      rows={webhooks.map((webhook) => webhookCells(webhook, health.get(webhook.id)))}
    />
  );
}

function webhookCells(webhook: Webhook, health: WebhookHealth | undefined) {
  return [
    <WebhookLink webhook={webhook} />,
    <Endpoint url={webhook.url} />,
    <EventNames events={webhook.events} />,
    <HealthBadge webhook={webhook} health={health} />,
    <Waiting webhook={webhook} count={health?.pending ?? 0} />,
    <Counts delivered={health?.delivered24h ?? 0} failed={health?.failed24h ?? 0} />,
    <LastSuccess at={health?.lastSuccessAt ?? null} />,
    <RowActions webhook={webhook} />,
  ];
}

function WebhookLink({ webhook }: { webhook: Webhook }) {
  const { link } = useView();
  return (
    <a href={link(`/webhooks/${webhook.id}`)}>
      <bdi>{webhook.name}</bdi>
    </a>
  );
}

function Waiting({ webhook, count }: { webhook: Webhook; count: number }) {
  const { t, link } = useView();
  if (count === 0) return <>{t("number", { count })}</>;
  return (
    <a href={link("/deliveries", { webhook: webhook.id, state: "pending" })}>{t("number", { count })}</a>
  );
}

function Counts({ delivered, failed }: { delivered: number; failed: number }) {
  const { t } = useView();
  return (
    <span class="counts">
      <span>{t("webhooks.delivered", { count: delivered })}</span>
      {failed > 0 && <span class="failed">{t("webhooks.failed", { count: failed })}</span>}
    </span>
  );
}

function LastSuccess({ at }: { at: Date | null }) {
  const { t } = useView();
  return at === null ? <span class="muted">{t("never")}</span> : <RelativeTime at={at} />;
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
      <a href={link("/deliveries", { webhook: webhook.id })} aria-label={t("webhook.deliveriesNamed", names)}>
        {t("nav.deliveries")}
      </a>
    </span>
  );
}
