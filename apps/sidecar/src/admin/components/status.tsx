import type { Webhook } from "@sidehook/delivery";
import type { Delivery, WebhookHealth } from "@sidehook/store";
import { useView } from "../view.ts";
import { RelativeTime } from "./time.tsx";

type Tone = "good" | "bad" | "waiting" | "off";

const deliveryTones = {
  pending: "waiting",
  sending: "waiting",
  delivered: "good",
  failed: "bad",
  cancelled: "off",
} as const satisfies Record<Delivery["state"], Tone>;

export function Badge({ tone, text }: { tone: Tone; text: string }) {
  return <span class={`badge ${tone}`}>{text}</span>;
}

/** State of a delivery; one that waits because it failed before says so. */
export function DeliveryBadge({ delivery }: { delivery: Pick<Delivery, "state" | "failureClass"> }) {
  const { t } = useView();
  const isRetrying = delivery.state === "pending" && delivery.failureClass !== null;
  return (
    <Badge
      tone={isRetrying ? "bad" : deliveryTones[delivery.state]}
      text={t(isRetrying ? "state.retrying" : `state.${delivery.state}`)}
    />
  );
}

export function TestMark({ delivery }: { delivery: Pick<Delivery, "isTest"> }) {
  const { t } = useView();
  return delivery.isTest ? <span class="mark">{t("delivery.test")}</span> : null;
}

/** How a webhook is doing, with since when or why. */
export function HealthBadge({ webhook, health }: { webhook: Webhook; health: WebhookHealth | undefined }) {
  const { t } = useView();
  if (!webhook.isActive) return <InactiveBadge webhook={webhook} />;
  if (webhook.isPaused) return <Badge tone="waiting" text={t("health.paused")} />;
  if (!health?.failingSince) return <Badge tone="good" text={t("health.healthy")} />;
  const isHeld = health.state === "held";
  return (
    <>
      <Badge tone="bad" text={t(isHeld ? "health.held" : "health.failing")} />{" "}
      <span class="muted" title={isHeld ? t("health.heldText") : undefined}>
        {t("health.since")} <RelativeTime at={health.failingSince} />
      </span>
    </>
  );
}

function InactiveBadge({ webhook }: { webhook: Webhook }) {
  const { t } = useView();
  if (webhook.disabledReason === null) return <Badge tone="off" text={t("health.inactive")} />;
  const why = webhook.disabledReason === "gone" ? t("health.gone") : webhook.disabledReason;
  return (
    <>
      <Badge tone="bad" text={t("health.disabled")} /> <span class="muted">{why}</span>
    </>
  );
}
