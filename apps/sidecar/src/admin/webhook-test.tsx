import { Hono } from "hono";
import { eventTypes, findEventType, type EventType } from "@sidehook/events";
import { wants, type Webhook } from "@sidehook/delivery";
import { NotFoundError, type DeliveryDetail } from "@sidehook/store";
import { ProblemError } from "../api/problem.ts";
import type { Services } from "../services.ts";
import { sendTestEvent } from "../test-event.ts";
import { textOf } from "./access.ts";
import { AttemptDetails, AttemptVerdict } from "./components/attempt.tsx";
import { eventName } from "./components/event-type.tsx";
import { describe, Field, Form, OnceField } from "./components/form.tsx";
import { Endpoint } from "./components/url.tsx";
import { WebhookTabs } from "./components/webhook-tabs.tsx";
import { isFirstSending } from "./form-once.ts";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

/** `/admin/webhooks/{id}/test`: choose an event, send its sample, see what came of it. */
export function webhookTestPages(services: Services): Hono<AdminEnv> {
  const { store } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/:id/test", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const deliveryId = context.req.query("delivery");
    const delivery = deliveryId === undefined ? null : await getTest(services, webhook, deliveryId);
    return sendTestPage(context, { webhook, delivery });
  });
  // Leads to a page of its own, so that reloading the result sends nothing again.
  routes.post("/:id/test", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const type = textOf(context.get("form"), "event") || (testableTypes(webhook)[0]?.type ?? "");
    if (!findEventType(type)) return sendTestPage(context, { webhook, delivery: null });
    if (!(await isFirstSending(context.get("form"), services))) {
      return goWithNotice(context, `/webhooks/${webhook.id}/test`, "sentBefore");
    }
    try {
      const delivery = await sendTestEvent(services, webhook, type);
      const { link } = context.get("view");
      return context.redirect(link(`/webhooks/${webhook.id}/test`, { delivery: delivery.id }), 303);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 503) throw error;
      return sendTestPage(context, { webhook, delivery: null, isLate: true });
    }
  });
  return routes;
}

async function getTest({ store }: Services, webhook: Webhook, id: string): Promise<DeliveryDetail> {
  const delivery = await store.getDelivery(id);
  if (delivery.webhookId !== webhook.id || !delivery.isTest) throw new NotFoundError(id);
  return delivery;
}

/** What the webhook wants and the catalog has a sample of. */
export function testableTypes(webhook: Webhook): EventType[] {
  const anywhere = { ...webhook, isActive: true, siteIds: [] };
  return eventTypes
    .filter(({ type }) => wants(anywhere, { type, context: {} }))
    .toSorted((a, b) => rank(webhook, a) - rank(webhook, b));
}

/** Those that are named come first, in the order in which they are named. */
function rank({ events }: Webhook, { type }: EventType): number {
  const index = events.indexOf(type);
  return index === -1 ? events.length : index;
}

interface TestProps {
  webhook: Webhook;
  delivery: DeliveryDetail | null;
  /** No attempt was made in time. */
  isLate?: boolean;
}

function sendTestPage(context: AdminContext, props: TestProps) {
  return sendPage(context, <TestPage {...props} />, props.isLate ? 503 : 200);
}

function TestPage({ webhook, delivery, isLate = false }: TestProps) {
  const { t } = useView();
  const types = testableTypes(webhook);
  return (
    <Page
      title={webhook.name}
      parent={{ path: "/webhooks", label: t("nav.webhooks") }}
      tabs={<WebhookTabs webhook={webhook} current="test" />}
    >
      {isLate && (
        <div class="notice error" role="alert">
          <p>{t("test.late")}</p>
        </div>
      )}
      {delivery && <TestResult delivery={delivery} />}
      <section class="panel">
        <h2>{t(delivery ? "test.again" : "test.title")}</h2>
        <p>
          {t("test.goesTo")} <Endpoint url={webhook.url} />
        </p>
        {types.length === 0 ? (
          <p class="muted">{t("test.noSample")}</p>
        ) : (
          <TestForm webhook={webhook} types={types} selected={delivery?.eventType ?? ""} />
        )}
      </section>
    </Page>
  );
}

function TestForm({
  webhook,
  types,
  selected,
}: {
  webhook: Webhook;
  types: readonly EventType[];
  selected: string;
}) {
  const { t } = useView();
  const hint = t("test.hint");
  return (
    <Form action={`/webhooks/${webhook.id}/test`}>
      <OnceField />
      <Field id="event" label={t("field.event")} hint={hint}>
        <div class="with-button">
          <select {...describe("event", { hint })} name="event">
            {types.map(({ type }) => (
              <option value={type} selected={type === selected}>
                {eventName(type, t)}
              </option>
            ))}
          </select>
          <button type="submit" class="button primary">
            {t("webhook.test")}
          </button>
        </div>
      </Field>
    </Form>
  );
}

function TestResult({ delivery }: { delivery: DeliveryDetail }) {
  const { t, link } = useView();
  const first = delivery.attempts.find(({ number }) => number === 1);
  if (!first) return <p class="notice warning">{t("test.late")}</p>;
  return (
    <>
      <AttemptVerdict attempt={first} />
      <section class="panel" aria-label={t("test.result")}>
        <AttemptDetails attempt={first} />
        <p>
          <a href={link(`/deliveries/${delivery.id}`)}>{t("test.delivery")}</a>
        </p>
      </section>
    </>
  );
}
