import { Hono } from "hono";
import type { Attempt } from "@sidehook/delivery";
import type { DeliveryDetail } from "@sidehook/store";
import type { Services } from "../services.ts";
import { AttemptDetails, AttemptStatus, FailureText } from "./components/attempt.tsx";
import { Literal } from "./components/code.tsx";
import { eventName } from "./components/event-type.tsx";
import { ActionButton } from "./components/form.tsx";
import { DeliveryBadge, TestMark } from "./components/status.tsx";
import { Facts } from "./components/table.tsx";
import { formatDuration, FullTime, RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

/** `/admin/deliveries/{id}`, with its two buttons. */
export function deliveryPage({ store, now }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/:id", async (context) => {
    const delivery = await store.getDelivery(context.req.param("id"));
    return sendPage(context, <DeliveryPage delivery={delivery} />);
  });
  routes.post("/:id/replay", async (context) => {
    const { id } = await store.replayDelivery(context.req.param("id"), now());
    return goWithNotice(context, `/deliveries/${id}`, "replayed");
  });
  routes.post("/:id/cancel", async (context) => {
    const { id } = await store.cancelDelivery(context.req.param("id"), now());
    return goWithNotice(context, `/deliveries/${id}`, "cancelled");
  });
  return routes;
}

function DeliveryPage({ delivery }: { delivery: DeliveryDetail }) {
  const { t } = useView();
  const attempts = delivery.attempts.toSorted((a, b) => b.number - a.number);
  const title = t("delivery.title", { event: eventName(delivery.eventType) });
  return (
    <Page title={title} actions={<Actions delivery={delivery} />}>
      <Failure delivery={delivery} last={attempts[0]} />
      <section class="panel" aria-label={t("delivery.summary")}>
        <DeliveryFacts delivery={delivery} />
      </section>
      <h2>{t("delivery.attempts", { count: attempts.length })}</h2>
      {attempts.length === 0 && <p class="muted">{t("delivery.noAttempts")}</p>}
      {attempts.map((attempt, index) => (
        <AttemptPanel attempt={attempt} isOpen={index === 0} />
      ))}
    </Page>
  );
}

function Actions({ delivery: { id, state } }: { delivery: DeliveryDetail }) {
  const { t, link } = useView();
  const isUnfinished = state === "pending" || state === "sending";
  return (
    <>
      {isUnfinished && (
        <a class="button" href={link(`/deliveries/${id}`)}>
          {t("delivery.refresh")}
        </a>
      )}
      {state !== "sending" && (
        <ActionButton action={`/deliveries/${id}/replay`} label={t("delivery.replay")} kind="primary" />
      )}
      {isUnfinished && (
        <ActionButton action={`/deliveries/${id}/cancel`} label={t("delivery.cancel")} kind="danger" />
      )}
    </>
  );
}

function Failure({ delivery, last }: { delivery: DeliveryDetail; last: Attempt | undefined }) {
  if (delivery.failureClass === null || delivery.state === "delivered") return null;
  return (
    <div class={`notice ${delivery.state === "failed" ? "error" : "warning"}`}>
      <FailureText failureClass={delivery.failureClass} detail={last?.error?.message ?? null} />
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
            <bdi>{eventName(delivery.eventType)}</bdi>
          </a>,
        ],
        ...(delivery.siteId === null ? [] : [[t("field.site"), String(delivery.siteId)] as const]),
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

/** The newest attempt is open: it is what one looks for. */
function AttemptPanel({ attempt, isOpen }: { attempt: Attempt; isOpen: boolean }) {
  const { t, language } = useView();
  return (
    <details class="panel attempt" open={isOpen}>
      <summary>
        <span class="attempt-number">{t("attempt.number", { number: attempt.number })}</span>
        <AttemptStatus attempt={attempt} />
        <span class="muted">
          <RelativeTime at={attempt.startedAt} /> · {formatDuration(attempt.durationMs, language)} ·{" "}
          {t(`trigger.${attempt.trigger}`)}
        </span>
      </summary>
      <AttemptDetails attempt={attempt} />
    </details>
  );
}
