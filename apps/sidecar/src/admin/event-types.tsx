import { Hono } from "hono";
import { eventGroups, type EventGroup, type EventGroupId, type EventType } from "@sidehook/events";
import type { Services } from "../services.ts";
import { eventDescription, eventName, MachineName } from "./components/event-type.tsx";
import { Filters } from "./components/filters.tsx";
import { LinkButton } from "./components/form.tsx";
import { Empty } from "./components/paging.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { eventTypePage } from "./event-type.tsx";
import type { Translate } from "./language.ts";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

type Group = EventGroup<EventGroupId>;
type LastSeen = ReadonlyMap<string, Date>;

/** `/admin/event-types`: what there is to be told about. */
export function eventTypePages(services: Services): Hono<AdminEnv> {
  const { store } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const search = context.req.query("q")?.trim() ?? "";
    const groups = findGroups(search, context.get("view").t);
    return sendPage(
      context,
      <EventTypeListPage groups={groups} search={search} lastSeen={await store.listLastSeen()} />,
    );
  });
  routes.route("/", eventTypePage(services));
  return routes;
}

/** The event types whose name, type, description or fields hold every word, in the reader's language or in English. */
function findGroups(search: string, t: Translate): Group[] {
  const words = search.toLowerCase().split(/\s+/);
  return eventGroups
    .map((group) => ({
      ...group,
      eventTypes: group.eventTypes.filter((eventType) => {
        const text = searchedText(eventType, group, t);
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ eventTypes }) => eventTypes.length > 0);
}

function searchedText(eventType: EventType, group: Group, t: Translate): string {
  const texts = [
    eventType.type,
    eventName(eventType.type, t),
    eventType.name,
    eventDescription(eventType, t),
    eventType.description,
    t(`eventGroup.${group.id}`),
    group.name,
    ...eventType.fields.map(({ name }) => name),
  ];
  return texts.join(" ").toLowerCase();
}

interface ListProps {
  groups: readonly Group[];
  search: string;
  lastSeen: LastSeen;
}

function EventTypeListPage({ groups, search, lastSeen }: ListProps) {
  const { t } = useView();
  const count = groups.reduce((sum, { eventTypes }) => sum + eventTypes.length, 0);
  return (
    <Page title={t("nav.eventTypes")} actions={<LinkButton path="/docs" label={t("docs.title")} />}>
      <p>{t("eventTypes.text")}</p>
      <Filters path="/event-types" isFiltered={search !== ""}>
        <div class="field">
          <label for="filter-q">{t("eventTypes.search")}</label>
          <input id="filter-q" type="search" name="q" value={search} autocomplete="off" />
        </div>
      </Filters>
      {count === 0 ? (
        <Empty title={t("events.noMatch")} />
      ) : (
        <>
          <p class="muted">{t("eventTypes.count", { count })}</p>
          <nav class="jump" aria-label={t("eventTypes.groups")}>
            {groups.map(({ id }) => (
              <a href={`#group-${id}`}>{t(`eventGroup.${id}`)}</a>
            ))}
          </nav>
        </>
      )}
      {groups.map((group) => (
        <GroupSection group={group} lastSeen={lastSeen} />
      ))}
    </Page>
  );
}

function GroupSection({ group, lastSeen }: { group: Group; lastSeen: LastSeen }) {
  const { t, link } = useView();
  const name = t(`eventGroup.${group.id}`);
  return (
    <section aria-labelledby={`group-${group.id}`}>
      <h2 id={`group-${group.id}`}>{name}</h2>
      <Table
        caption={name}
        columns={[t("field.event"), t("eventType.meaning"), t("field.lastSeen")]}
        rows={group.eventTypes.map((eventType) => [
          <>
            <a href={link(`/event-types/${eventType.type}`)}>{eventName(eventType.type, t)}</a>
            <br />
            <span class="muted">
              <MachineName name={eventType.type} />
            </span>
          </>,
          eventDescription(eventType, t),
          <LastSeenAt at={lastSeen.get(eventType.type)} />,
        ])}
      />
    </section>
  );
}

function LastSeenAt({ at }: { at: Date | undefined }) {
  const { t } = useView();
  return at ? <RelativeTime at={at} /> : <span class="muted">{t("never")}</span>;
}
