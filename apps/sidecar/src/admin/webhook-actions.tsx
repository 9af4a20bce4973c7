import { Hono } from "hono";
import type { Webhook } from "@sidehook/delivery";
import type { WebhookHealth } from "@sidehook/store";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Form, LinkButton } from "./components/form.tsx";
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
    const { id } = await store.getWebhook(context.req.param("id"));
    // Only the page that tells what goes with the webhook sends this field.
    if (textOf(context.get("form"), "confirmed") !== id) {
      return context.redirect(context.get("view").link(`/webhooks/${id}/delete`), 303);
    }
    await store.deleteWebhook(id, now());
    return goWithNotice(context, "/webhooks", "deleted");
  });
  return routes;
}

function DeletePage({ webhook, health }: { webhook: Webhook; health: WebhookHealth | undefined }) {
  const { t } = useView();
  return (
    <Page title={t("webhook.deleteTitle", { name: webhook.name })}>
      <div class="panel">
        <p>{t("webhook.deleteText", { count: health?.pending ?? 0 })}</p>
        <p>{t("webhook.deleteInstead")}</p>
        <Form action={`/webhooks/${webhook.id}/delete`} class="actions">
          <input type="hidden" name="confirmed" value={webhook.id} />
          <button type="submit" class="button danger">
            {t("webhook.deleteConfirm")}
          </button>
          <LinkButton path={`/webhooks/${webhook.id}`} label={t("cancel")} />
        </Form>
      </div>
    </Page>
  );
}
