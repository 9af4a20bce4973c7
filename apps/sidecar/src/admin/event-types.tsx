import { Hono } from "hono";
import { eventGroups, findEventType, type EventGroup, type EventType } from "@sidehook/events";
import { NotFoundError } from "@sidehook/store";
import type { Services } from "../services.ts";
import { EventTypeDetails, MachineName } from "./components/event-type.tsx";
import { LinkButton } from "./components/form.tsx";
import { Facts, Table } from "./components/table.tsx";
import { FullTime, RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

type LastSeen = ReadonlyMap<string, Date>;

/** `/admin/event-types`: what there is to be told about. */
export function eventTypePages({ store }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) =>
    sendPage(context, <EventTypeListPage lastSeen={await store.listLastSeen()} />),
  );
  routes.get("/:type", async (context) => {
    const eventType = findEventType(context.req.param("type"));
    if (!eventType) throw new NotFoundError(context.req.param("type"));
    const lastSeen = await store.listLastSeen();
    return sendPage(
      context,
      <EventTypePage eventType={eventType} lastSeenAt={lastSeen.get(eventType.type)} />,
    );
  });
  return routes;
}

function EventTypeListPage({ lastSeen }: { lastSeen: LastSeen }) {
  const { t } = useView();
  return (
    <Page title={t("nav.eventTypes")}>
      <p>{t("eventTypes.text")}</p>
      <nav class="jump" aria-label={t("eventTypes.groups")}>
        {eventGroups.map(({ id, name }) => (
          <a href={`#group-${id}`}>{name}</a>
        ))}
      </nav>
      {eventGroups.map((group) => (
        <GroupSection group={group} lastSeen={lastSeen} />
      ))}
    </Page>
  );
}

function GroupSection({ group, lastSeen }: { group: EventGroup; lastSeen: LastSeen }) {
  const { t, link } = useView();
  return (
    <section aria-labelledby={`group-${group.id}`}>
      <h2 id={`group-${group.id}`}>{group.name}</h2>
      <Table
        caption={group.name}
        columns={[t("field.event"), t("eventType.meaning"), t("field.lastSeen")]}
        rows={group.eventTypes.map(({ type, name, description }) => [
          <>
            <a href={link(`/event-types/${type}`)}>{name}</a>
            <br />
            <span class="muted">
              <MachineName name={type} />
            </span>
          </>,
          description,
          <LastSeenAt at={lastSeen.get(type)} />,
        ])}
      />
    </section>
  );
}

function LastSeenAt({ at }: { at: Date | undefined }) {
  const { t } = useView();
  return at ? <RelativeTime at={at} /> : <span class="muted">{t("never")}</span>;
}

function EventTypePage({ eventType, lastSeenAt }: { eventType: EventType; lastSeenAt: Date | undefined }) {
  const { t } = useView();
  const { type, name, source } = eventType;
  return (
    <Page
      title={name}
      actions={<LinkButton path={`/webhooks/new?event=${type}`} label={t("eventType.add")} kind="primary" />}
    >
      <section class="panel" aria-label={t("event.details")}>
        <Facts
          facts={[
            [t("eventType.name"), <code>{type}</code>],
            [t("eventType.source"), productName(source)],
            [t("field.lastSeen"), lastSeenAt ? <FullTime at={lastSeenAt} /> : t("never")],
          ]}
        />
      </section>
      <section class="panel" aria-labelledby="sent">
        <h2 id="sent">{t("event.preview")}</h2>
        <EventTypeDetails eventType={eventType} />
      </section>
    </Page>
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
