import { Hono } from "hono";
import type { Attempt } from "@sidehook/delivery";
import type { DeliveryDetail, StoredEvent } from "@sidehook/store";
import type { Services } from "../services.ts";
import { buildByHand } from "./by-hand.ts";
import { AttemptDetails, AttemptStatus, FailureText } from "./components/attempt.tsx";
import { Code, CopyButton, Literal } from "./components/code.tsx";
import { eventName } from "./components/event-type.tsx";
import { ActionButton, LinkButton } from "./components/form.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import { Payload } from "./components/payload.tsx";
import { DeliveryBadge, TestMark } from "./components/status.tsx";
import { Facts } from "./components/table.tsx";
import { formatDuration, FullTime, RelativeTime } from "./components/time.tsx";
import { PhaseBar } from "./components/waterfall.tsx";
import { curlCommand } from "./curl.ts";
import { elsewherePages } from "./elsewhere.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

interface Props {
  delivery: DeliveryDetail;
  previous: StoredEvent | undefined;
  /** Shown only in the answer to the button that asks for it. */
  curl: string | null;
}

/** `/admin/deliveries/{id}`, with what can be done with one delivery. */
export function deliveryPage(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/:id", async (context) =>
    sendDelivery(context, services, {
      delivery: await store.getDelivery(context.req.param("id")),
      curl: null,
    }),
  );
  routes.post("/:id/replay", async (context) => {
    const { id } = await store.replayDelivery(context.req.param("id"), now());
    return goWithNotice(context, `/deliveries/${id}`, "replayed");
  });
  routes.post("/:id/cancel", async (context) => {
    const { id } = await store.cancelDelivery(context.req.param("id"), now());
    return goWithNotice(context, `/deliveries/${id}`, "cancelled");
  });
  // A POST, so that no address, history or list ever leads to a valid signature.
  routes.post("/:id/curl", async (context) => {
    const delivery = await store.getDelivery(context.req.param("id"));
    const curl = curlCommand(await buildByHand(services, delivery));
    return sendDelivery(context, services, { delivery, curl });
  });
  routes.route("/", elsewherePages(services));
  return routes;
}

async function sendDelivery(
  context: AdminContext,
  { store }: Services,
  { delivery, curl }: Pick<Props, "delivery" | "curl">,
) {
  const previous = await store.findPreviousEvent(delivery.eventId);
  return sendPage(context, <DeliveryPage {...{ delivery, previous, curl }} />);
}

function DeliveryPage({ delivery, previous, curl }: Props) {
  const { t } = useView();
  const title = t("delivery.title", { event: eventName(delivery.eventType, t) });
  const parent = { path: "/deliveries", label: t("nav.deliveries") };
  const attempts = delivery.attempts.toSorted((a, b) => b.number - a.number);
  return (
    <Page
      title={title}
      parent={parent}
      actions={<Actions delivery={delivery} isLive={curl === null && isUnfinished(delivery)} />}
    >
      {curl !== null && <Curl text={curl} />}
      <Live id="delivery" isLive={isUnfinished(delivery) && curl === null}>
        <Failure delivery={delivery} last={attempts[0]} />
        <section class="panel" aria-label={t("delivery.summary")}>
          <DeliveryFacts delivery={delivery} />
        </section>
        <h2>{t("delivery.attempts", { count: attempts.length })}</h2>
        <Timeline attempts={attempts} />
      </Live>
      <section class="panel" aria-labelledby="payload">
        <h2 id="payload">{t("event.payload")}</h2>
        <Payload text={delivery.event.payload} previous={previous} />
      </section>
    </Page>
  );
}

function isUnfinished({ state }: DeliveryDetail): boolean {
  return state === "pending" || state === "sending";
}

function Actions({ delivery, isLive }: { delivery: DeliveryDetail; isLive: boolean }) {
  const { t, link } = useView();
  const { id, state } = delivery;
  return (
    <>
      {isLive && <LiveSwitch href={link(`/deliveries/${id}`)} />}
      <ActionButton action={`/deliveries/${id}/curl`} label={t("curl.show")} />
      <LinkButton path={`/deliveries/${id}/elsewhere`} label={t("elsewhere.open")} />
      {isUnfinished(delivery) && (
        <ActionButton action={`/deliveries/${id}/cancel`} label={t("delivery.cancel")} kind="danger" />
      )}
      {state !== "sending" && (
        <ActionButton action={`/deliveries/${id}/replay`} label={t("delivery.replay")} kind="primary" />
      )}
    </>
  );
}

function Curl({ text }: { text: string }) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="curl">
      <h2 id="curl">{t("curl.title")}</h2>
      <p>{t("curl.text")}</p>
      <CopyButton text={text} label={t("curl.copy")} />
      <Code text={text} />
    </section>
  );
}

function Failure({ delivery, last }: { delivery: DeliveryDetail; last: Attempt | undefined }) {
  const { t } = useView();
  if (delivery.failureClass === null || delivery.state === "delivered") return null;
  return (
    <div class={`notice ${delivery.state === "failed" ? "error" : "warning"}`}>
      <FailureText failureClass={delivery.failureClass} detail={last?.error?.message ?? null} />
      {delivery.state !== "cancelled" && (
        <p>{t(delivery.state === "failed" ? "delivery.givenUp" : "delivery.goesOn")}</p>
      )}
    </div>
  );
}

function DeliveryFacts({ delivery }: { delivery: DeliveryDetail }) {
  const { t, link } = useView();
  return (
    <Facts
      facts={[
        [
          t("field.state"),
          <>
            <DeliveryBadge delivery={delivery} /> <TestMark delivery={delivery} />
          </>,
        ],
        [
          t("field.webhook"),
          <a href={link(`/webhooks/${delivery.webhookId}`)}>
            <bdi>{delivery.webhookName}</bdi>
          </a>,
        ],
        [
          t("field.event"),
          <a href={link(`/events/${delivery.eventId}`)}>
            <bdi>{eventName(delivery.eventType, t)}</bdi>
          </a>,
        ],
        ...(delivery.siteId === null
          ? []
          : [
              [
                t("field.site"),
                <a href={link("/deliveries", { q: `site:${delivery.siteId}` })}>{String(delivery.siteId)}</a>,
              ] as const,
            ]),
        [t("field.created"), <FullTime at={delivery.createdAt} />],
        ...(delivery.nextAttemptAt
          ? [[t("field.nextAttempt"), <NextAttempt at={delivery.nextAttemptAt} />] as const]
          : []),
        ...(delivery.finishedAt
          ? [[t("field.finished"), <FullTime at={delivery.finishedAt} />] as const]
          : []),
        [t("field.id"), <Literal text={delivery.id} />],
      ]}
    />
  );
}

/** One that is due waits for a free slot, or for its paused webhook: then there is no time to be told. */
function NextAttempt({ at }: { at: Date }) {
  const { t, now } = useView();
  return at <= now ? <>{t("delivery.due")}</> : <FullTime at={at} />;
}

/** The newest first, drawn to one scale, with the waits between them. */
function Timeline({ attempts }: { attempts: readonly Attempt[] }) {
  const { t, language } = useView();
  if (attempts.length === 0) return <p class="muted">{t("delivery.noAttempts")}</p>;
  const scaleMs = Math.max(...attempts.map(({ durationMs }) => durationMs));
  return (
    <ol class="timeline">
      {attempts.map((attempt, index) => {
        const before = attempts[index + 1];
        const endMs = before && before.startedAt.getTime() + before.durationMs;
        const waitMs = endMs === undefined ? 0 : attempt.startedAt.getTime() - endMs;
        return (
          <li>
            <AttemptPanel {...{ attempt, scaleMs, isOpen: index === 0 }} />
            {waitMs >= 1000 && (
              <p class="muted wait">{t("attempt.waited", { time: formatDuration(waitMs, language) })}</p>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** The newest attempt is open: it is what one looks for. */
function AttemptPanel({ attempt, scaleMs, isOpen }: { attempt: Attempt; scaleMs: number; isOpen: boolean }) {
  const { t, language } = useView();
  return (
    <details class="panel attempt" id={`attempt-${attempt.number}`} open={isOpen}>
      <summary>
        <span class="attempt-number">{t("attempt.number", { number: attempt.number })}</span>
        <AttemptStatus attempt={attempt} />
        <span class="muted">
          <RelativeTime at={attempt.startedAt} /> · {formatDuration(attempt.durationMs, language)} ·{" "}
          {t(`trigger.${attempt.trigger}`)}
        </span>
        <PhaseBar attempt={attempt} scaleMs={scaleMs} />
      </summary>
      <AttemptDetails attempt={attempt} />
    </details>
  );
}
