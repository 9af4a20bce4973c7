import type { Webhook } from "@sidehook/delivery";
import { useView } from "../view.ts";

type Tab = "overview" | "deliveries" | "test" | "settings" | "secret";

/** The pages about one webhook. */
export function WebhookTabs({
  webhook: { id, name },
  current,
}: {
  webhook: Pick<Webhook, "id" | "name">;
  current: Tab;
}) {
  const { t, link } = useView();
  const tabs: readonly (readonly [Tab, string, string])[] = [
    ["overview", link(`/webhooks/${id}`), t("nav.overview")],
    ["deliveries", link("/deliveries", { webhook: id }), t("nav.deliveries")],
    ["test", link(`/webhooks/${id}/test`), t("webhook.testShort")],
    ["settings", link(`/webhooks/${id}/edit`), t("webhook.settings")],
    ["secret", link(`/webhooks/${id}/secret`), t("secret.title")],
  ];
  return (
    <nav class="tabs" aria-label={name}>
      <ul>
        {tabs.map(([tab, href, label]) => (
          <li>
            <a href={href} aria-current={tab === current ? "page" : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
