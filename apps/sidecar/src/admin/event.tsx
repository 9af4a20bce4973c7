import { Hono } from "hono";
import { findEventType } from "@sidehook/events";
import { subjectsOf, type EventOutcome, type StoredEvent } from "@sidehook/store";
import type { Services } from "../services.ts";
import { Literal } from "./components/code.tsx";
import { eventName } from "./components/event-type.tsx";
import { Payload } from "./components/payload.tsx";
import { DeliveryBadge, TestMark } from "./components/status.tsx";
import { Facts, Table } from "./components/table.tsx";
import { FullTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

interface Props {
  event: StoredEvent;
  outcomes: readonly EventOutcome[];
  previous: StoredEvent | undefined;
}

/** `/admin/events/{id}`: what happened, and who was told. */
export function eventPage({ store }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/:id", async (context) => {
    const event = await store.getEvent(context.req.param("id"));
    const [outcomes, previous] = await Promise.all([
      store.listEventOutcomes(event.id),
      store.findPreviousEvent(event.id),
    ]);
    return sendPage(context, <EventPage {...{ event, outcomes, previous }} />);
  });
  return routes;
}

function EventPage({ event, outcomes, previous }: Props) {
  const { t } = useView();
  const parent = { path: "/events", label: t("nav.events") };
  return (
    <Page title={eventName(event.type, t)} parent={parent}>
      <section class="panel" aria-label={t("event.details")}>
        <EventFacts event={event} />
      </section>
      <h2>{t("event.outcomes")}</h2>
      {outcomes.length === 0 ? (
        <p class="muted">{t("event.noWebhooks")}</p>
      ) : (
        <Outcomes outcomes={outcomes} isTest={event.isTest} />
      )}
      <section class="panel" aria-labelledby="payload">
        <h2 id="payload">{t("event.payload")}</h2>
        <Payload text={event.payload} previous={previous} />
      </section>
    </Page>
  );
}

function EventFacts({ event }: { event: StoredEvent }) {
  const { t, link } = useView();
  const { siteId, siteUrl } = event.context;
  const site = [siteId, siteUrl].filter((part) => part !== undefined).join(" · ");
  const subjects = subjectsOf(event);
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
        ...(subjects.length === 0 ? [] : [[t("event.about"), <About subjects={subjects} />] as const]),
        [t("field.id"), <Literal text={event.id} />],
      ]}
    />
  );
}

/** Each leads to everything else that happened to it. */
function About({ subjects }: { subjects: readonly string[] }) {
  const { link } = useView();
  return (
    <span class="subjects">
      {subjects.map((subject) => (
        <a href={link("/events", { q: subject })}>
          <bdi translate="no">{subject}</bdi>
        </a>
      ))}
    </span>
  );
}

interface OutcomesProps {
  outcomes: readonly EventOutcome[];
  isTest: boolean;
}

/** Those for which it never was are behind a fold, as soon as there are others. */
function Outcomes({ outcomes, isTest }: OutcomesProps) {
  const { t } = useView();
  const isUnwanted = ({ deliveryId, reason }: EventOutcome) =>
    deliveryId === null && reason === "not_subscribed" && !isTest;
  const unwanted = outcomes.filter(isUnwanted);
  const others = outcomes.filter((outcome) => !isUnwanted(outcome));
  if (others.length === 0) return <OutcomeTable outcomes={outcomes} isTest={isTest} />;
  return (
    <>
      <OutcomeTable outcomes={others} isTest={isTest} />
      {unwanted.length > 0 && (
        <details class="fold">
          <summary>{t("event.unwanted", { count: unwanted.length })}</summary>
          <OutcomeTable outcomes={unwanted} isTest={isTest} />
        </details>
      )}
    </>
  );
}

/** Those that got it first. */
function OutcomeTable({ outcomes, isTest }: OutcomesProps) {
  const { t, link } = useView();
  const sorted = outcomes.toSorted((a, b) => Number(a.deliveryId === null) - Number(b.deliveryId === null));
  return (
    <Table
      caption={t("event.outcomes")}
      columns={[t("field.webhook"), t("event.outcome"), t("event.why")]}
      rows={sorted.map((outcome) => [
        <a href={link(`/webhooks/${outcome.webhookId}`)}>
          <bdi>{outcome.webhookName}</bdi>
        </a>,
        <Delivered outcome={outcome} />,
        <Why outcome={outcome} isTest={isTest} />,
      ])}
    />
  );
}

function Delivered({ outcome: { deliveryId, delivery } }: { outcome: EventOutcome }) {
  const { t, link } = useView();
  if (deliveryId === null || delivery === null) return <span class="muted">{t("event.notSent")}</span>;
  return (
    <>
      <DeliveryBadge delivery={delivery} />{" "}
      <a href={link(`/deliveries/${deliveryId}`)}>
        {delivery.attemptCount === 0
          ? t("event.delivery")
          : t("delivery.attempts", { count: delivery.attemptCount })}
      </a>
    </>
  );
}

function Why({ outcome, isTest }: { outcome: EventOutcome; isTest: boolean }) {
  const { t } = useView();
  const { deliveryId, reason } = outcome;
  if (deliveryId !== null) return <>{t(isTest ? "event.wasTest" : "event.wanted")}</>;
  if (isTest) return <>{t("reason.test")}</>;
  return <>{t(reason === null ? "reason.none" : `reason.${reason}`)}</>;
}
