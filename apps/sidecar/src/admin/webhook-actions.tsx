import { Hono } from "hono";
import type { Webhook } from "@sidehook/delivery";
import type { WebhookHealth } from "@sidehook/store";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Form } from "./components/form.tsx";
import { TypedDeletion } from "./components/typed-deletion.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

/** The buttons of a webhook. Each is a POST that leads back to a page. */
export function webhookActions({ store, now }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.post("/:id/activate", async (context) => {
    const { id } = await store.updateWebhook(context.req.param("id"), { isActive: true }, now());
    return goWithNotice(context, `/webhooks/${id}`, "activated");
  });
  routes.post("/:id/deactivate", async (context) => {
    const { id } = await store.updateWebhook(context.req.param("id"), { isActive: false }, now());
    return goWithNotice(context, `/webhooks/${id}`, "deactivated");
  });
  routes.post("/:id/pause", async (context) => {
    const { id } = await store.pauseWebhook(context.req.param("id"), now());
    return goWithNotice(context, `/webhooks/${id}`, "paused");
  });
  routes.post("/:id/resume", async (context) => {
    const isDiscard = textOf(context.get("form"), "backlog") === "discard";
    const { id } = await store.resumeWebhook(context.req.param("id"), isDiscard ? "discard" : "send", now());
    return goWithNotice(context, `/webhooks/${id}`, isDiscard ? "discarded" : "resumed");
  });
  routes.get("/:id/delete", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const health = await store.getWebhookHealth([webhook.id], now());
    return sendPage(context, <DeletePage webhook={webhook} health={health.get(webhook.id)} />);
  });
  routes.post("/:id/delete", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const typed = textOf(context.get("form"), "confirmed").trim();
    if (typed !== webhook.name.trim()) {
      const health = await store.getWebhookHealth([webhook.id], now());
      const page = <DeletePage webhook={webhook} health={health.get(webhook.id)} isWrong />;
      return sendPage(context, page, 422);
    }
    await store.deleteWebhook(webhook.id, now());
    return goWithNotice(context, "/webhooks", "deleted");
  });
  return routes;
}

/** Says what goes with the webhook, and asks for its name: a click alone destroys nothing. */
function DeletePage({
  webhook,
  health,
  isWrong = false,
}: {
  webhook: Webhook;
  health: WebhookHealth | undefined;
  isWrong?: boolean;
}) {
  const { t } = useView();
  return (
    <Page
      title={t("webhook.deleteTitle", { name: webhook.name })}
      parent={{ path: `/webhooks/${webhook.id}`, label: t("webhook.back") }}
    >
      <Form action={`/webhooks/${webhook.id}/delete`} class="panel">
        <p>{t("webhook.deleteText", { count: health?.pending ?? 0 })}</p>
        <p>{t("webhook.deleteInstead")}</p>
        <TypedDeletion
          label={t("webhook.deleteTyped")}
          hint={webhook.name}
          isWrong={isWrong}
          backPath={`/webhooks/${webhook.id}`}
        />
      </Form>
    </Page>
  );
}
