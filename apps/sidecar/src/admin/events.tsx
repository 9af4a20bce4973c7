import { Hono } from "hono";
import { findEventType } from "@sidehook/events";
import type { EventSummary, Page as StorePage } from "@sidehook/store";
import type { Services } from "../services.ts";
import { Literal } from "./components/code.tsx";
import { eventName, EventOptions } from "./components/event-type.tsx";
import { Filters, SelectFilter } from "./components/filters.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import {
  MoreFilters,
  readSince,
  SearchFilter,
  SinceFilter,
  startOf,
  type Since,
} from "./components/log-filters.tsx";
import { Empty, NoMatch, pageSize, Paging } from "./components/paging.tsx";
import { TestMark } from "./components/status.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { eventPage } from "./event.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

interface Filter {
  q: string;
  event: string;
  since: Since | "";
}

interface ListProps {
  page: StorePage<EventSummary>;
  filter: Filter;
  cursor: string | undefined;
  /** Event types that have happened and are not in the catalog. */
  others: readonly string[];
}

/** `/admin/events`: what happened on the network, and one event below it. */
export function eventPages(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const filter = readFilter(context);
    const cursor = context.req.query("cursor");
    const [page, seen] = await Promise.all([
      store.listEvents(
        {
          type: filter.event || undefined,
          // A receiver that fails a thousand times must not hide what happens.
          isOfNetwork: filter.event === "" && filter.q === "",
          q: filter.q || undefined,
          since: startOf(filter.since, now()),
        },
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
  routes.route("/", eventPage(services));
  return routes;
}

function readFilter({ req }: AdminContext): Filter {
  return {
    q: (req.query("q") ?? "").trim(),
    event: req.query("event") ?? "",
    since: readSince(req.query("since")),
  };
}

function EventListPage({ page, filter, cursor, others }: ListProps) {
  const { t, link } = useView();
  const isFiltered = Object.values(filter).some((value) => value !== "");
  const isEmpty = page.data.length === 0;
  const isFirst = cursor === undefined;
  const query = { ...filter, cursor };
  return (
    <Page title={t("nav.events")} actions={isFirst && <LiveSwitch href={link("/events", query)} />}>
      {(!isEmpty || isFiltered) && <EventFilters filter={filter} others={others} />}
      <Live id="events" isLive={isFirst}>
        {!isEmpty && <EventTable events={page.data} />}
        {isEmpty && isFiltered && (
          <NoMatch title={t("events.noMatch")} isPartial={page.nextCursor !== null} path="/events" />
        )}
        {isEmpty && !isFiltered && (
          <Empty title={t("events.none")}>
            <p>{t("events.noneText")}</p>
            <p>
              <a href={link("/settings")}>{t("events.noneLink")}</a>
            </p>
          </Empty>
        )}
        <Paging path="/events" query={query} nextCursor={page.nextCursor} />
      </Live>
    </Page>
  );
}

function EventFilters({ filter, others }: Pick<ListProps, "filter" | "others">) {
  const { t } = useView();
  return (
    <Filters path="/events" isFiltered={Object.values(filter).some((value) => value !== "")}>
      <SearchFilter value={filter.q} />
      <MoreFilters isOpen={filter.event !== "" || filter.since !== ""}>
        <SelectFilter name="event" label={t("field.event")} all={t("filter.allEvents")}>
          <EventOptions selected={filter.event} others={others} />
        </SelectFilter>
        <SinceFilter since={filter.since} />
      </MoreFilters>
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
            <bdi>{eventName(event.type, t)}</bdi>
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
