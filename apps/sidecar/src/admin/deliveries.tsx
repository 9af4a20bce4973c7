import { Hono } from "hono";
import { deliveryStates, failureClasses, type DeliveryState, type FailureClass } from "@sidehook/delivery";
import { findEventType } from "@sidehook/events";
import type { Delivery, Page as StorePage } from "@sidehook/store";
import type { Services } from "../services.ts";
import { DeliveryTable } from "./components/delivery-table.tsx";
import { EventOptions } from "./components/event-type.tsx";
import { Filters, SelectFilter } from "./components/filters.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import {
  CauseFilter,
  MoreFilters,
  readSince,
  SearchFilter,
  SinceFilter,
  startOf,
  type Since,
} from "./components/log-filters.tsx";
import { Empty, NoMatch, pageSize, Paging } from "./components/paging.tsx";
import { deliveryPage } from "./delivery.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

/** Beyond so many the list of webhooks is no longer something to choose from. */
const maxWebhooks = 200;

interface Filter {
  q: string;
  webhook: string;
  event: string;
  state: DeliveryState | "";
  cause: FailureClass | "";
  since: Since | "";
}

interface Choice {
  id: string;
  name: string;
}

interface ListProps {
  page: StorePage<Delivery>;
  filter: Filter;
  cursor: string | undefined;
  webhooks: readonly Choice[];
  /** Event types that have happened and are not in the catalog. */
  others: readonly string[];
}

/** `/admin/deliveries`, and one delivery below it. */
export function deliveryPages(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const filter = readFilter(context);
    const cursor = context.req.query("cursor");
    const [page, webhooks, seen] = await Promise.all([
      store.listDeliveries(
        {
          q: filter.q || undefined,
          webhookId: filter.webhook || undefined,
          eventType: filter.event || undefined,
          state: filter.state || undefined,
          failureClass: filter.cause || undefined,
          since: startOf(filter.since, now()),
        },
        { limit: pageSize, cursor },
      ),
      store.listWebhooks({ limit: maxWebhooks }),
      store.listLastSeen(),
    ]);
    const others = new Set(
      [...seen.keys(), filter.event].filter((type) => type !== "" && !findEventType(type)),
    );
    const choices = withChosen(webhooks.data, filter.webhook, page.data);
    const props = { page, filter, cursor, webhooks: choices, others: [...others] };
    return sendPage(context, <DeliveryListPage {...props} />);
  });
  routes.route("/", deliveryPage(services));
  return routes;
}

/** A value that is none of those there are is no filter. */
function readFilter({ req }: AdminContext): Filter {
  return {
    q: (req.query("q") ?? "").trim(),
    webhook: req.query("webhook") ?? "",
    event: req.query("event") ?? "",
    state: deliveryStates.find((state) => state === req.query("state")) ?? "",
    cause: failureClasses.find((cause) => cause === req.query("cause")) ?? "",
    since: readSince(req.query("since")),
  };
}

/** The webhook of the filter may be deleted, or one of very many: it is offered all the same. */
function withChosen(webhooks: readonly Choice[], chosen: string, deliveries: readonly Delivery[]): Choice[] {
  const choices = webhooks.map(({ id, name }) => ({ id, name }));
  if (chosen === "" || choices.some(({ id }) => id === chosen)) return choices;
  return [{ id: chosen, name: deliveries[0]?.webhookName ?? chosen }, ...choices];
}

function DeliveryListPage({ page, filter, cursor, webhooks, others }: ListProps) {
  const { t, link } = useView();
  const isFiltered = Object.values(filter).some((value) => value !== "");
  const isEmpty = page.data.length === 0;
  const isFirst = cursor === undefined;
  const query = { ...filter, cursor };
  return (
    <Page
      title={t("nav.deliveries")}
      actions={
        <>
          {isFirst && <LiveSwitch href={link("/deliveries", query)} />}
          {!isEmpty && filter.q === "" && <ReplayAll filter={filter} />}
        </>
      }
    >
      {(!isEmpty || isFiltered) && <DeliveryFilters filter={filter} webhooks={webhooks} others={others} />}
      <Live id="deliveries" isLive={isFirst}>
        {!isEmpty && <DeliveryTable deliveries={page.data} showsWebhook />}
        {isEmpty && isFiltered && (
          <NoMatch title={t("deliveries.noMatch")} isPartial={page.nextCursor !== null} path="/deliveries" />
        )}
        {isEmpty && !isFiltered && (
          <Empty title={t("deliveries.none")}>
            <p>{t("deliveries.noneText")}</p>
            <p>
              <a href={link("/webhooks")}>{t("deliveries.noneLink")}</a>
            </p>
          </Empty>
        )}
        <Paging path="/deliveries" query={query} nextCursor={page.nextCursor} />
      </Live>
    </Page>
  );
}

/** Leads to the page that counts first. */
function ReplayAll({ filter }: Pick<ListProps, "filter">) {
  const { t, link, now } = useView();
  const since = startOf(filter.since, now)?.toISOString().slice(0, 19);
  return (
    <a class="button" href={link("/replays/new", { ...filter, since, count: 1 })}>
      {t("deliveries.replayAll")}
    </a>
  );
}

function DeliveryFilters({ filter, webhooks, others }: Pick<ListProps, "filter" | "webhooks" | "others">) {
  const { t } = useView();
  return (
    <Filters path="/deliveries" isFiltered={Object.values(filter).some((value) => value !== "")}>
      <SearchFilter value={filter.q} />
      <MoreFilters isOpen={Object.entries(filter).some(([name, value]) => name !== "q" && value !== "")}>
        <SelectFilter name="webhook" label={t("field.webhook")} all={t("filter.allWebhooks")}>
          {webhooks.map(({ id, name }) => (
            <option value={id} selected={id === filter.webhook}>
              {name}
            </option>
          ))}
        </SelectFilter>
        <SelectFilter name="event" label={t("field.event")} all={t("filter.allEvents")}>
          <EventOptions selected={filter.event} others={others} />
        </SelectFilter>
        <SelectFilter name="state" label={t("field.state")} all={t("filter.allStates")}>
          {deliveryStates.map((state) => (
            <option value={state} selected={state === filter.state}>
              {t(`state.${state}`)}
            </option>
          ))}
        </SelectFilter>
        <CauseFilter cause={filter.cause} />
        <SinceFilter since={filter.since} />
      </MoreFilters>
    </Filters>
  );
}
