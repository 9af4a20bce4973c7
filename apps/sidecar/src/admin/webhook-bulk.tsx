import { Hono } from "hono";
import type { Webhook } from "@sidehook/delivery";
import { NotFoundError } from "@sidehook/store";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Form } from "./components/form.tsx";
import { TypedDeletion } from "./components/typed-deletion.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

/** As many as a page of the list has. */
const maxChosen = 50;

/** What may be done with several webhooks at once, and what takes it back. */
const bulkActions = {
  pause: { notice: "bulkPaused", undo: "resume" },
  resume: { notice: "bulkResumed", undo: "pause" },
  activate: { notice: "bulkActivated", undo: "deactivate" },
  deactivate: { notice: "bulkDeactivated", undo: "activate" },
} as const;
export type BulkAction = keyof typeof bulkActions;

function isBulkAction(name: string): name is BulkAction {
  return Object.hasOwn(bulkActions, name);
}

/** `/admin/webhooks/bulk`: one action for all that are chosen in the list. */
export function webhookBulkActions(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.post("/bulk", async (context) => {
    const form = context.get("form");
    const webhooks = await listChosen(form, services);
    const action = textOf(form, "action");
    if (webhooks.length === 0) return goWithNotice(context, "/webhooks", "noneChosen");
    if (action === "delete") return sendPage(context, <DeletePage webhooks={webhooks} isWrong={false} />);
    if (!isBulkAction(action)) return goWithNotice(context, "/webhooks", "noneChosen");
    for (const { id } of webhooks) await act(action, id, services);
    return goToList(context, action, webhooks);
  });
  routes.post("/bulk/delete", async (context) => {
    const form = context.get("form");
    const webhooks = await listChosen(form, services);
    if (Number(textOf(form, "confirmed")) !== webhooks.length) {
      return sendPage(context, <DeletePage webhooks={webhooks} isWrong />, 422);
    }
    for (const { id } of webhooks) await services.store.deleteWebhook(id, services.now());
    return goWithNotice(context, "/webhooks", "bulkDeleted");
  });
  return routes;
}

/** Those that are gone meanwhile are left out. */
async function listChosen(form: FormData, { store }: Services): Promise<Webhook[]> {
  const ids = form.getAll("id").filter((id) => typeof id === "string");
  const found = [...new Set(ids)].slice(0, maxChosen).map((id) =>
    store.getWebhook(id).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null;
      throw error;
    }),
  );
  return (await Promise.all(found)).filter((webhook) => webhook !== null);
}

async function act(action: BulkAction, id: string, { store, now }: Services): Promise<void> {
  if (action === "pause") await store.pauseWebhook(id, now());
  else if (action === "resume") await store.resumeWebhook(id, "send", now());
  else await store.updateWebhook(id, { isActive: action === "activate" }, now());
}

/** The address says what can be taken back, so that a page without scripts and without memory offers it. */
function goToList(context: AdminContext, action: BulkAction, webhooks: readonly Webhook[]): Response {
  const { notice, undo } = bulkActions[action];
  const done = webhooks.map(({ id }) => id).join(" ");
  return context.redirect(context.get("view").link("/webhooks", { notice, undo, done }), 303);
}

/** Takes back what was just done in the list, as its address says; nothing if it says nothing of that kind. */
export function UndoButton({ undo, done }: { undo: string | undefined; done: string | undefined }) {
  const { t } = useView();
  if (undo === undefined || !isBulkAction(undo) || !done) return null;
  return (
    <Form action="/webhooks/bulk" class="inline">
      <input type="hidden" name="action" value={undo} />
      {done.split(" ").map((id) => (
        <input type="hidden" name="id" value={id} />
      ))}
      <button type="submit" class="button">
        {t("webhooks.undo")}
      </button>
    </Form>
  );
}

/** The choice of what to do with the ticked ones. */
export function BulkBar() {
  const { t } = useView();
  return (
    <div class="bulk">
      <label class="check with-script-only">
        <input type="checkbox" data-ticks="input[name=id]" />
        {t("webhooks.all")}
      </label>
      <label for="bulk-action" class="visually-hidden">
        {t("webhooks.bulk")}
      </label>
      <select id="bulk-action" name="action">
        <option value="">{t("webhooks.bulk")}</option>
        {Object.keys(bulkActions)
          .filter(isBulkAction)
          .map((action) => (
            <option value={action}>{t(`webhook.${action}`)}</option>
          ))}
        <option value="delete">{t("webhook.delete")}</option>
      </select>
      <button type="submit" class="button">
        {t("webhooks.apply")}
      </button>
    </div>
  );
}

function DeletePage({ webhooks, isWrong }: { webhooks: readonly Webhook[]; isWrong: boolean }) {
  const { t } = useView();
  const count = webhooks.length;
  const parent = { path: "/webhooks", label: t("nav.webhooks") };
  return (
    <Page title={t("webhooks.deleteTitle", { count })} parent={parent}>
      <Form action="/webhooks/bulk/delete" class="panel">
        <p>{t("webhooks.deleteText")}</p>
        <ul>
          {webhooks.map(({ id, name }) => (
            <li>
              <input type="hidden" name="id" value={id} />
              <bdi>{name}</bdi>
            </li>
          ))}
        </ul>
        <TypedDeletion label={t("webhooks.deleteTyped", { count })} isWrong={isWrong} backPath="/webhooks" />
      </Form>
    </Page>
  );
}
