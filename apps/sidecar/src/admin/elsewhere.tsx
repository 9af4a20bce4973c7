import { Hono } from "hono";
import { classifyStatus, maskRequest, validateUrl, type Attempt } from "@sidehook/delivery";
import type { DeliveryDetail } from "@sidehook/store";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { sendElsewhere } from "./by-hand.ts";
import { AttemptDetails, AttemptVerdict } from "./components/attempt.tsx";
import { eventName } from "./components/event-type.tsx";
import { Form, TextField } from "./components/form.tsx";
import { isFirstSending } from "./form-once.ts";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";
import { sayProblem } from "./webhook-form-values.ts";

interface Props {
  delivery: DeliveryDetail;
  url: string;
  formId: string;
  problem: string | null;
  /** What came of it, once it was sent. */
  attempt: Attempt | null;
}

/** `/admin/deliveries/{id}/elsewhere`: the same delivery once to another URL, such as a developer's own machine. */
export function elsewherePages(services: Services): Hono<AdminEnv> {
  const { store, newId, log } = services;
  const routes = new Hono<AdminEnv>();
  const sendForm = (context: AdminContext, form: Omit<Props, "formId">) =>
    sendPage(context, <ElsewherePage {...form} formId={newId("form")} />, form.problem === null ? 200 : 422);
  routes.get("/:id/elsewhere", async (context) => {
    const delivery = await store.getDelivery(context.req.param("id"));
    return sendForm(context, { delivery, url: "", problem: null, attempt: null });
  });
  routes.post("/:id/elsewhere", async (context) => {
    const delivery = await store.getDelivery(context.req.param("id"));
    const form = context.get("form");
    const url = textOf(form, "url").trim();
    const problem = problemOf(url, context);
    if (problem !== null) return sendForm(context, { delivery, url, problem, attempt: null });
    const isFirst = await isFirstSending(form, services);
    if (!isFirst) return goWithNotice(context, `/deliveries/${delivery.id}/elsewhere`, "sentBefore");
    const { request, result } = await sendElsewhere(services, delivery, url);
    log.info({ deliveryId: delivery.id, origin: new URL(url).origin }, "delivery.sent_elsewhere");
    const isDelivered = result.response !== null && classifyStatus(result.response.status) === null;
    const attempt: Attempt = {
      id: "",
      number: 1,
      ...result,
      request: maskRequest(request, { headers: {} }),
      decision: isDelivered ? "delivered" : "failed",
      nextAttemptAt: null,
      trigger: "replay",
    };
    return sendForm(context, { delivery, url, problem: null, attempt });
  });
  return routes;
}

function problemOf(url: string, context: AdminContext): string | null {
  const { t } = context.get("view");
  if (url === "") return t("elsewhere.urlMissing");
  const [problem] = validateUrl(url);
  return problem ? sayProblem(problem, t("field.url"), t) : null;
}

function ElsewherePage({ delivery, url, formId, problem, attempt }: Props) {
  const { t } = useView();
  const title = t("delivery.title", { event: eventName(delivery.eventType, t) });
  const path = `/deliveries/${delivery.id}`;
  return (
    <Page title={t("elsewhere.title")} parent={{ path, label: title }}>
      {attempt && (
        <>
          <AttemptVerdict attempt={attempt} />
          <section class="panel" aria-label={t("test.result")}>
            <AttemptDetails attempt={attempt} isRecorded={false} />
          </section>
        </>
      )}
      <section class="panel">
        <p>{t("elsewhere.text")}</p>
        <Form action={`${path}/elsewhere`}>
          <input type="hidden" name="formId" value={formId} />
          <TextField
            id="url"
            type="url"
            label={t("field.url")}
            value={url}
            placeholder="https://"
            problems={problem === null ? [] : [problem]}
          />
          <button type="submit" class="button primary">
            {t("elsewhere.send")}
          </button>
        </Form>
      </section>
    </Page>
  );
}
