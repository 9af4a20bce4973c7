import type { Delivery } from "@sidehook/store";
import { useView } from "../view.ts";
import { eventName } from "./event-type.tsx";
import { DeliveryBadge, TestMark } from "./status.tsx";
import { Table } from "./table.tsx";
import { RelativeTime } from "./time.tsx";

/** Deliveries, newest first; on the page of a webhook its own name is left out. */
export function DeliveryTable({
  deliveries,
  showsWebhook,
}: {
  deliveries: readonly Delivery[];
  showsWebhook: boolean;
}) {
  const { t } = useView();
  return (
    <Table
      caption={t("nav.deliveries")}
      columns={[
        t("field.event"),
        t("field.state"),
        ...(showsWebhook ? [t("field.webhook")] : []),
        t("field.attempts"),
        t("field.created"),
        t("field.nextAttempt"),
      ]}
      rows={deliveries.map((delivery) => [
        <DeliveryLink delivery={delivery} />,
        <DeliveryState delivery={delivery} />,
        ...(showsWebhook ? [<WebhookOf delivery={delivery} />] : []),
        t("number", { count: delivery.attemptCount }),
        <RelativeTime at={delivery.createdAt} />,
        <NextAttempt at={delivery.nextAttemptAt} />,
      ])}
    />
  );
}

function DeliveryLink({ delivery }: { delivery: Delivery }) {
  const { t, link } = useView();
  return (
    <>
      <a href={link(`/deliveries/${delivery.id}`)}>
        <bdi>{eventName(delivery.eventType, t)}</bdi>
      </a>{" "}
      <TestMark delivery={delivery} />
    </>
  );
}

function DeliveryState({ delivery }: { delivery: Delivery }) {
  const { t } = useView();
  return (
    <>
      <DeliveryBadge delivery={delivery} />{" "}
      {delivery.failureClass !== null && (
        <span class="muted">{t(`failure.${delivery.failureClass}.short`)}</span>
      )}
    </>
  );
}

/** One that is due and waits for a free slot, or for its paused webhook, has no time to be told. */
function NextAttempt({ at }: { at: Date | null }) {
  const { t, now } = useView();
  if (at === null) return <span class="muted">–</span>;
  return at <= now ? <>{t("delivery.due")}</> : <RelativeTime at={at} />;
}

function WebhookOf({ delivery }: { delivery: Delivery }) {
  const { link } = useView();
  return (
    <a href={link(`/webhooks/${delivery.webhookId}`)}>
      <bdi>{delivery.webhookName}</bdi>
    </a>
  );
}
