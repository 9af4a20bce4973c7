import { Hono } from "hono";
import { webhookOrders } from "@sidehook/store";
import type { Services } from "../services.ts";
import { Form, LinkButton } from "./components/form.tsx";
import { Empty, pageSize } from "./components/paging.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";
import { webhookActions } from "./webhook-actions.tsx";
import { BulkBar, UndoButton, webhookBulkActions } from "./webhook-bulk.tsx";
import { webhookFormPages } from "./webhook-form.tsx";
import { webhookSecretPages } from "./webhook-secret.tsx";
import {
  WebhookFilters,
  WebhookPaging,
  webhookStates,
  WebhookTable,
  type ListedWebhook,
  type WebhookQuery,
} from "./webhook-table.tsx";
import { webhookTestPages } from "./webhook-test.tsx";
import { webhookPage } from "./webhook.tsx";

const dayMs = 24 * 3_600_000;

/** `/admin/webhooks` and everything about one webhook below it. */
export function webhookPages(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const query = queryOf(context);
    const { rows, total } = await readList(services, query);
    const { undo, done } = context.req.query();
    return sendPage(context, <WebhookListPage {...{ query, rows, total, undo, done }} />);
  });
  // The form comes first: `/new` is not the id of a webhook.
  routes.route("/", webhookFormPages(services));
  routes.route("/", webhookBulkActions(services));
  routes.route("/", webhookTestPages(services));
  routes.route("/", webhookSecretPages(services));
  routes.route("/", webhookActions(services));
  routes.route("/", webhookPage(services));
  return routes;
}

function queryOf({ req }: AdminContext): WebhookQuery {
  const { q = "", state, order, page = "" } = req.query();
  return {
    q: q.trim(),
    state: webhookStates.find((each) => each === state) ?? null,
    order: webhookOrders.find((each) => each === order) ?? "newest",
    page: /^\d{1,6}$/.test(page) ? Math.max(1, Number(page)) : 1,
  };
}

async function readList(
  { store, now }: Services,
  { q, state, order, page }: WebhookQuery,
): Promise<{ rows: ListedWebhook[]; total: number }> {
  const search = { q: q || undefined, state: state ?? undefined, order };
  const offset = (page - 1) * pageSize;
  const { data, total } = await store.searchWebhooks({ ...search, offset, limit: pageSize }, now());
  const ids = data.map(({ id }) => id);
  const [health, hours, retries] = await Promise.all([
    store.getWebhookHealth(ids, now()),
    store.listWebhookHours(ids, new Date(now().getTime() - dayMs)),
    store.listNextRetries(ids),
  ]);
  const rows = data.map((webhook) => ({
    webhook,
    health: health.get(webhook.id),
    hours: hours.get(webhook.id) ?? [],
    nextRetryAt: retries.get(webhook.id) ?? null,
  }));
  return { rows, total };
}

interface ListProps {
  query: WebhookQuery;
  rows: readonly ListedWebhook[];
  total: number;
  /** What takes back the action that led here, and for which webhooks. */
  undo: string | undefined;
  done: string | undefined;
}

function WebhookListPage({ query, rows, total, undo, done }: ListProps) {
  const { t } = useView();
  const isAsked = query.q !== "" || query.state !== null || query.page > 1;
  const isEmpty = total === 0 && !isAsked;
  const add = <LinkButton path="/webhooks/new" label={t("webhook.add")} kind="primary" />;
  return (
    <Page
      title={t("nav.webhooks")}
      actions={isEmpty ? undefined : add}
      undo={<UndoButton undo={undo} done={done} />}
    >
      {isEmpty ? (
        <Empty title={t("webhooks.none")}>
          <p>{t("webhooks.noneText")}</p>
          <p>{add}</p>
        </Empty>
      ) : (
        <>
          <WebhookFilters query={query} />
          <FoundWebhooks rows={rows} />
        </>
      )}
      <WebhookPaging query={query} total={total} size={pageSize} />
    </Page>
  );
}

function FoundWebhooks({ rows }: { rows: readonly ListedWebhook[] }) {
  const { t } = useView();
  if (rows.length === 0) return <Empty title={t("webhooks.noMatch")} />;
  return (
    <Form action="/webhooks/bulk">
      <BulkBar />
      <WebhookTable rows={rows} />
    </Form>
  );
}
