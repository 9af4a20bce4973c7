import { Hono } from "hono";
import { findEventType } from "@sidehook/events";
import type { EventOutcome, EventSummary, Page as StorePage, StoredEvent } from "@sidehook/store";
import type { Services } from "../services.ts";
import { Body, Literal } from "./components/code.tsx";
import { eventName, EventOptions } from "./components/event-type.tsx";
import { Filters, SelectFilter } from "./components/filters.tsx";
import { Empty, pageSize, Paging } from "./components/paging.tsx";
import { TestMark } from "./components/status.tsx";
import { Facts, Table } from "./components/table.tsx";
import { FullTime, RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

interface ListProps {
  page: StorePage<EventSummary>;
  filter: { event: string; q: string };
  cursor: string | undefined;
  /** Event types that have happened and are not in the catalog. */
  others: readonly string[];
}

/** `/admin/events`: what happened on the network, and who was told. */
export function eventPages({ store }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const filter = { event: context.req.query("event") ?? "", q: (context.req.query("q") ?? "").trim() };
    const cursor = context.req.query("cursor");
    const [page, seen] = await Promise.all([
      store.listEvents(
        { type: filter.event || undefined, q: filter.q || undefined },
        { limit: pageSize, cursor },
      ),
      store.listLastSeen(),
    ]);
    const others = new Set(
      [...seen.keys(), filter.event].filter((type) => type !== "" && !findEventType(type)),
    );
    return sendPage(
      context,
      <EventListPage page={page} filter={filter} cursor={cursor} others={[...others]} />,
    );
  });
  routes.get("/:id", async (context) => {
    const event = await store.getEvent(context.req.param("id"));
    const outcomes = await store.listEventOutcomes(event.id);
    return sendPage(context, <EventPage event={event} outcomes={outcomes} />);
  });
  return routes;
}

function EventListPage({ page, filter, cursor, others }: ListProps) {
  const { t, link } = useView();
  const isFiltered = filter.event !== "" || filter.q !== "";
  const isEmpty = page.data.length === 0;
  return (
    <Page title={t("nav.events")}>
      {(!isEmpty || isFiltered) && <EventFilters filter={filter} others={others} />}
      {!isEmpty && <EventTable events={page.data} />}
      {isEmpty && isFiltered && (
        <Empty title={t("events.noMatch")}>
          <p>
            <a href={link("/events")}>{t("filter.clear")}</a>
          </p>
        </Empty>
      )}
      {isEmpty && !isFiltered && (
        <Empty title={t("events.none")}>
          <p>{t("events.noneText")}</p>
          <p>
            <a href={link("/settings")}>{t("events.noneLink")}</a>
          </p>
        </Empty>
      )}
      <Paging path="/events" query={{ ...filter, cursor }} nextCursor={page.nextCursor} />
    </Page>
  );
}

function EventFilters({ filter, others }: Pick<ListProps, "filter" | "others">) {
  const { t } = useView();
  return (
    <Filters path="/events">
      <SelectFilter name="event" label={t("field.event")} all={t("filter.allEvents")}>
        <EventOptions selected={filter.event} others={others} />
      </SelectFilter>
      <div class="field">
        <label for="filter-q">{t("filter.search")}</label>
        <input id="filter-q" type="search" name="q" value={filter.q} placeholder={t("filter.searchHint")} />
      </div>
    </Filters>
  );
}

function EventTable({ events }: { events: readonly EventSummary[] }) {
  const { t, link } = useView();
  return (
    <Table
      caption={t("nav.events")}
      columns={[t("field.event"), t("field.site"), t("field.received"), t("field.id")]}
      rows={events.map((event) => [
        <>
          <a href={link(`/events/${event.id}`)}>
            <bdi>{eventName(event.type)}</bdi>
          </a>{" "}
          <TestMark delivery={event} />
        </>,
        event.context.siteId === undefined ? <span class="muted">–</span> : String(event.context.siteId),
        <RelativeTime at={event.receivedAt} />,
        <Literal text={event.id} />,
      ])}
    />
  );
}

function EventPage({ event, outcomes }: { event: StoredEvent; outcomes: readonly EventOutcome[] }) {
  const { t } = useView();
  return (
    <Page title={eventName(event.type)}>
      <section class="panel" aria-label={t("event.details")}>
        <EventFacts event={event} />
      </section>
      <section class="panel" aria-labelledby="payload">
        <h2 id="payload">{t("event.payload")}</h2>
        <Body text={event.payload} />
      </section>
      <h2>{t("event.outcomes")}</h2>
      {outcomes.length === 0 ? (
        <p class="muted">{t("event.noWebhooks")}</p>
      ) : (
        <OutcomeTable outcomes={outcomes} isTest={event.isTest} />
      )}
    </Page>
  );
}

function EventFacts({ event }: { event: StoredEvent }) {
  const { t, link } = useView();
  const { siteId, siteUrl } = event.context;
  const site = [siteId, siteUrl].filter((part) => part !== undefined).join(" · ");
  const type = findEventType(event.type) ? (
    <a href={link(`/event-types/${event.type}`)}>
      <code>{event.type}</code>
    </a>
  ) : (
    <code>{event.type}</code>
  );
  return (
    <Facts
      facts={[
        [
          t("field.event"),
          <>
            {type} <TestMark delivery={event} />
          </>,
        ],
        [t("field.occurred"), <FullTime at={new Date(event.occurredAt)} />],
        [t("field.received"), <FullTime at={event.receivedAt} />],
        ...(site === "" ? [] : [[t("field.site"), <Literal text={site} />] as const]),
        [t("field.id"), <Literal text={event.id} />],
      ]}
    />
  );
}

function OutcomeTable({ outcomes, isTest }: { outcomes: readonly EventOutcome[]; isTest: boolean }) {
  const { t, link } = useView();
  const reason = ({ reason }: EventOutcome) => {
    if (isTest) return t("reason.test");
    return t(reason === null ? "reason.none" : `reason.${reason}`);
  };
  return (
    <Table
      caption={t("event.outcomes")}
      columns={[t("field.webhook"), t("event.outcome")]}
      rows={outcomes.map((outcome) => [
        <a href={link(`/webhooks/${outcome.webhookId}`)}>
          <bdi>{outcome.webhookName}</bdi>
        </a>,
        outcome.deliveryId === null ? (
          <span class="muted">{reason(outcome)}</span>
        ) : (
          <a href={link(`/deliveries/${outcome.deliveryId}`)}>{t("event.delivery")}</a>
        ),
      ])}
    />
  );
}
