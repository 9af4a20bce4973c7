import { Hono } from "hono";
import { findEventType, type EventType } from "@sidehook/events";
import type { Webhook } from "@sidehook/delivery";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Code, Copyable } from "./components/code.tsx";
import { ActionButton, Form, OnceField } from "./components/form.tsx";
import { WebhookTabs } from "./components/webhook-tabs.tsx";
import { isFirstSending } from "./form-once.ts";
import { Notice, Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { phpSnippet, typescriptSnippet } from "./snippets.ts";
import { useView } from "./view.ts";
import { testableTypes } from "./webhook-test.tsx";

const hourMs = 3_600_000;

/** For how long the old secret may sign beside the new one. */
const overlaps = { "0": 0, "24h": 24 * hourMs, "7d": 7 * 24 * hourMs } as const;

interface SecretProps {
  webhook: Webhook;
  /** Those that sign now, the newest first; null until a button asks for them. */
  secrets: readonly string[] | null;
  isRotated?: boolean;
}

/** `/admin/webhooks/{id}/secret`: show it, change it, and check with it. */
export function webhookSecretPages(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/:id/secret", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    return sendSecret(context, { webhook, secrets: null });
  });
  // A POST, so that no address, history or list ever leads to the secret.
  routes.post("/:id/secret", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    return sendSecret(context, { webhook, secrets: await store.listSecrets(webhook.id, now()) });
  });
  routes.post("/:id/secret/rotate", async (context) => {
    const webhook = await store.getWebhook(context.req.param("id"));
    const form = context.get("form");
    const isRotated = await isFirstSending(form, services);
    if (isRotated) await store.rotateSecret(webhook.id, overlapOf(textOf(form, "overlap")), now());
    return sendSecret(context, { webhook, secrets: await store.listSecrets(webhook.id, now()), isRotated });
  });
  return routes;
}

/** A day where nothing, or nothing known, was chosen: a receiver is seldom changed in the same second. */
function overlapOf(name: string): number {
  return Object.hasOwn(overlaps, name) ? overlaps[name as keyof typeof overlaps] : overlaps["24h"];
}

function sendSecret(context: AdminContext, props: SecretProps) {
  return sendPage(context, <SecretPage {...props} />);
}

function SecretPage({ webhook, secrets, isRotated = false }: SecretProps) {
  const { t } = useView();
  return (
    <Page
      title={webhook.name}
      parent={{ path: "/webhooks", label: t("nav.webhooks") }}
      tabs={<WebhookTabs webhook={webhook} current="secret" />}
    >
      {isRotated && <Notice>{t("notice.rotated")}</Notice>}
      <div class="columns">
        <section class="panel" aria-labelledby="secret">
          <h2 id="secret">{t("secret.title")}</h2>
          <p>{t("secret.text")}</p>
          <Secrets webhook={webhook} secrets={secrets} />
        </section>
        <RotatePanel webhook={webhook} />
      </div>
      <Snippets webhook={webhook} />
    </Page>
  );
}

function Secrets({ webhook, secrets }: SecretProps) {
  const { t } = useView();
  if (secrets === null) {
    return <ActionButton action={`/webhooks/${webhook.id}/secret#secret`} label={t("secret.reveal")} />;
  }
  return (
    <>
      {secrets.map((secret) => (
        <p>
          <Copyable text={secret} label={t("secret.copy")} />
        </p>
      ))}
      {secrets.length > 1 && <p class="hint">{t("secret.several")}</p>}
    </>
  );
}

function RotatePanel({ webhook }: { webhook: Webhook }) {
  const { t } = useView();
  return (
    <section class="panel" aria-labelledby="rotate">
      <h2 id="rotate">{t("secret.rotate")}</h2>
      <p>{t("secret.rotateText")}</p>
      <Form action={`/webhooks/${webhook.id}/secret/rotate#secret`}>
        <OnceField />
        <div class="field">
          <label for="overlap">{t("secret.overlap")}</label>
          <select id="overlap" name="overlap">
            {(["24h", "7d", "0"] as const).map((name) => (
              <option value={name}>{t(`secret.overlap.${name}`)}</option>
            ))}
          </select>
        </div>
        <button type="submit" class="button">
          {t("secret.rotateButton")}
        </button>
      </Form>
    </section>
  );
}

/** For the first event it wants; the receiver looks the same for the others. */
function Snippets({ webhook }: { webhook: Webhook }) {
  const { t } = useView();
  const eventType: EventType | undefined = testableTypes(webhook)[0] ?? findEventType("payment_received");
  if (!eventType) return null;
  return (
    <section class="panel" aria-labelledby="verify">
      <h2 id="verify">{t("secret.verify")}</h2>
      <p>{t("secret.verifyText")}</p>
      <details open>
        <summary>TypeScript</summary>
        <Code text={typescriptSnippet(eventType)} />
      </details>
      <details>
        <summary>PHP</summary>
        <Code text={phpSnippet(eventType)} />
      </details>
    </section>
  );
}
