import { Hono } from "hono";
import { findEventType, payloadSchema, type EventType } from "@sidehook/events";
import { wants, type Webhook } from "@sidehook/delivery";
import { NotFoundError } from "@sidehook/store";
import type { Services } from "../services.ts";
import { listAllWebhooks } from "../webhooks.ts";
import { Code } from "./components/code.tsx";
import { eventName, EventTypeDetails } from "./components/event-type.tsx";
import { ActionButton, LinkButton } from "./components/form.tsx";
import { Facts, Table } from "./components/table.tsx";
import { FullTime } from "./components/time.tsx";
import { Endpoint } from "./components/url.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { phpSnippet, typescriptSnippet } from "./snippets.ts";
import { useView } from "./view.ts";

/** `/admin/event-types/{type}`: everything about one of them. */
export function eventTypePage({ store }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/:type", async (context) => {
    const eventType = findEventType(context.req.param("type"));
    if (!eventType) throw new NotFoundError(context.req.param("type"));
    const [lastSeen, webhooks] = await Promise.all([store.listLastSeen(), listAllWebhooks(store)]);
    const lastSeenAt = lastSeen.get(eventType.type);
    const wanting = webhooks.filter((webhook) => isWantedBy(webhook, eventType));
    return sendPage(
      context,
      <EventTypePage eventType={eventType} lastSeenAt={lastSeenAt} wanting={wanting} />,
    );
  });
  return routes;
}

/** Whatever its state and its sites: it was made for this event. */
function isWantedBy({ events }: Webhook, { type }: EventType): boolean {
  return wants({ events, isActive: true, siteIds: [] }, { type, context: {} });
}

interface Props {
  eventType: EventType;
  lastSeenAt: Date | undefined;
  wanting: readonly Webhook[];
}

function EventTypePage({ eventType, lastSeenAt, wanting }: Props) {
  const { t } = useView();
  const { type, source } = eventType;
  return (
    <Page
      title={eventName(type, t)}
      actions={<LinkButton path={`/webhooks/new?event=${type}`} label={t("eventType.add")} kind="primary" />}
    >
      <section class="panel" aria-label={t("event.details")}>
        <Facts
          facts={[
            [t("eventType.name"), <code>{type}</code>],
            [t("eventType.source"), <span lang="en">{productName(source)}</span>],
            [t("field.lastSeen"), lastSeenAt ? <FullTime at={lastSeenAt} /> : t("never")],
          ]}
        />
      </section>
      <section class="panel" aria-labelledby="wanting">
        <h2 id="wanting">{t("eventType.wanting")}</h2>
        <Wanting eventType={eventType} webhooks={wanting} />
      </section>
      <section class="panel" aria-labelledby="sent">
        <h2 id="sent">{t("event.preview")}</h2>
        <EventTypeDetails eventType={eventType} />
      </section>
      <section class="panel" aria-labelledby="developers">
        <h2 id="developers">{t("eventType.developers")}</h2>
        <Fold title="TypeScript" text={typescriptSnippet(eventType)} />
        <Fold title="PHP" text={phpSnippet(eventType)} />
        <Fold title="JSON Schema" text={JSON.stringify(payloadSchema(eventType), null, 2)} />
      </section>
    </Page>
  );
}

function Wanting({ eventType, webhooks }: { eventType: EventType; webhooks: readonly Webhook[] }) {
  const { t, link } = useView();
  if (webhooks.length === 0) return <p class="muted">{t("eventType.noWebhook")}</p>;
  return (
    <Table
      caption={t("eventType.wanting")}
      columns={[t("field.name"), t("field.url"), t("field.actions")]}
      rows={webhooks.map(({ id, name, url }) => [
        <a href={link(`/webhooks/${id}`)}>
          <bdi>{name}</bdi>
        </a>,
        <Endpoint url={url} />,
        <ActionButton
          action={`/webhooks/${id}/test`}
          label={t("webhook.test")}
          fields={{ event: eventType.type }}
        />,
      ])}
    />
  );
}

function Fold({ title, text }: { title: string; text: string }) {
  return (
    <details class="fold">
      <summary lang="en">{title}</summary>
      <Code text={text} />
    </details>
  );
}

/** Names of products are the same in every language; these words are not written as their slug suggests. */
const words: Readonly<Record<string, string>> = {
  wordpress: "WordPress",
  woocommerce: "WooCommerce",
  wp: "WP",
};

/** `ultimate-multisite` is shown as *Ultimate Multisite*. */
function productName(slug: string): string {
  return slug.split("-").map(capitalise).join(" ");
}

function capitalise(word: string): string {
  return words[word] ?? `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
