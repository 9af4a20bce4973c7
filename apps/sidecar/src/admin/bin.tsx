import { Hono } from "hono";
import { headerNames } from "@sidehook/events";
import type { Bin, BinRequest, Page as StorePage } from "@sidehook/store";
import { answer as binAnswer } from "../api/bins.ts";
import { binUrl } from "../api/json.ts";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { Body, Code, Copyable, HeaderList } from "./components/code.tsx";
import { eventName } from "./components/event-type.tsx";
import { describe, Field, Form, LinkButton, TextField } from "./components/form.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import { Empty, Paging } from "./components/paging.tsx";
import { RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminContext, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

const requestsPerPage = 20;
const fields = ["status", "delayMs", "body"] as const;

/** The fields of the form, as they are typed. */
type AnswerText = Record<(typeof fields)[number], string>;
type AnswerProblems = Partial<Record<(typeof fields)[number], string>>;

/** `/admin/bins/{id}`: what arrived, and what is answered. */
export function binPage(services: Services): Hono<AdminEnv> {
  const { store } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/:id", async (context) => {
    const bin = await store.getBin(context.req.param("id"));
    return sendBin(context, services, { bin, answer: textsOf(bin.answer), problems: {} });
  });
  routes.post("/:id", async (context) => {
    const bin = await store.getBin(context.req.param("id"));
    const form = context.get("form");
    const answer = {
      status: textOf(form, "status"),
      delayMs: textOf(form, "delayMs"),
      body: textOf(form, "body"),
    };
    const { status, delayMs, body } = answer;
    const result = binAnswer.safeParse({ status: wholeNumber(status), delayMs: wholeNumber(delayMs), body });
    if (!result.success) {
      const { t } = context.get("view");
      const wrong = fields.filter((field) => result.error.issues.some(({ path }) => path[0] === field));
      const problems = Object.fromEntries(wrong.map((field) => [field, t(`problem.bin.${field}`)]));
      return sendBin(context, services, { bin, answer, problems });
    }
    await store.updateBin(bin.id, result.data);
    return goWithNotice(context, `/bins/${bin.id}`, "saved");
  });
  addDeletion(routes, services);
  return routes;
}

function addDeletion(routes: Hono<AdminEnv>, { store }: Services): void {
  routes.get("/:id/delete", async (context) => {
    const bin = await store.getBin(context.req.param("id"));
    return sendPage(context, <DeletePage bin={bin} />);
  });
  routes.post("/:id/delete", async (context) => {
    const { id } = await store.getBin(context.req.param("id"));
    if (textOf(context.get("form"), "confirmed") !== id) {
      return context.redirect(context.get("view").link(`/bins/${id}/delete`), 303);
    }
    await store.deleteBin(id);
    return goWithNotice(context, "/bins", "binDeleted");
  });
}

function wholeNumber(text: string): number {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}

function textsOf({ status, delayMs, body }: Bin["answer"]): AnswerText {
  return { status: String(status), delayMs: String(delayMs), body };
}

interface AnswerForm {
  bin: Bin;
  answer: AnswerText;
  problems: AnswerProblems;
}

async function sendBin(context: AdminContext, { store, publicUrl }: Services, form: AnswerForm) {
  const cursor = context.req.query("cursor");
  const requests = await store.listBinRequests(form.bin.id, { limit: requestsPerPage, cursor });
  const url = binUrl(form.bin, publicUrl);
  const hasProblems = Object.keys(form.problems).length > 0;
  return sendPage(context, <BinPage {...form} {...{ url, requests, cursor }} />, hasProblems ? 422 : 200);
}

type BinPageProps = AnswerForm & { url: string; requests: StorePage<BinRequest>; cursor: string | undefined };

function BinPage({ bin, url, requests, cursor, ...form }: BinPageProps) {
  const { t, link } = useView();
  const parent = { path: "/bins", label: t("nav.bins") };
  return (
    <Page
      title={bin.name}
      parent={parent}
      actions={cursor === undefined && <LiveSwitch href={link(`/bins/${bin.id}`)} />}
    >
      <p>
        <Copyable text={url} label={t("bin.copy")} />
      </p>
      <AnswerPanel bin={bin} {...form} />
      <h2>{t("bin.requests")}</h2>
      <Live id="bin" isLive={cursor === undefined}>
        {requests.data.length === 0 && <NoRequests url={url} />}
        {requests.data.map((request, index) => (
          <RequestPanel request={request} isOpen={index === 0} />
        ))}
        <Paging path={`/bins/${bin.id}`} query={{ cursor }} nextCursor={requests.nextCursor} />
      </Live>
      <section class="end">
        <LinkButton path={`/bins/${bin.id}/delete`} label={t("bin.delete")} kind="danger" />
      </section>
    </Page>
  );
}

function NoRequests({ url }: { url: string }) {
  const { t } = useView();
  return (
    <Empty title={t("bin.noRequests")}>
      <p>{t("bin.noRequestsText")}</p>
      <Code text={`curl -X POST -H 'content-type: application/json' -d '{"hello":"bin"}' ${url}`} />
    </Empty>
  );
}

function RequestPanel({ request, isOpen }: { request: BinRequest; isOpen: boolean }) {
  const { t } = useView();
  const type = request.headers[headerNames.event];
  return (
    <details class="panel attempt" id={request.id} open={isOpen}>
      <summary>
        <code>
          {request.method} {request.path}
        </code>
        {type !== undefined && <bdi>{eventName(type, t)}</bdi>}
        <span class="muted">
          <RelativeTime at={request.receivedAt} />
        </span>
      </summary>
      <Body text={request.body} />
      <h3>{t("attempt.headers")}</h3>
      <HeaderList headers={request.headers} />
    </details>
  );
}

function AnswerPanel({ bin, answer, problems }: AnswerForm) {
  const { t } = useView();
  const told = (field: keyof AnswerProblems) => (problems[field] === undefined ? [] : [problems[field]]);
  return (
    <details class="panel" open={Object.keys(problems).length > 0 || !isPlain(bin)}>
      <summary>
        {t("bin.answer")}: <strong>{bin.answer.status}</strong>
      </summary>
      <p class="muted">{t("bin.answerText")}</p>
      <Form action={`/bins/${bin.id}`}>
        <div class="columns">
          <TextField id="status" label={t("bin.status")} value={answer.status} problems={told("status")} />
          <TextField id="delayMs" label={t("bin.delay")} value={answer.delayMs} problems={told("delayMs")} />
        </div>
        <Field id="body" label={t("bin.body")} problems={told("body")}>
          <textarea {...describe("body", { problems: told("body") })} name="body" rows={4} dir="ltr">
            {answer.body}
          </textarea>
        </Field>
        <button type="submit" class="button primary">
          {t("bin.saveAnswer")}
        </button>
      </Form>
    </details>
  );
}

/** As it is made: 200 at once, with nothing in it. */
function isPlain({ answer: { status, delayMs, body } }: Bin): boolean {
  return status === 200 && delayMs === 0 && body === "";
}

function DeletePage({ bin }: { bin: Bin }) {
  const { t } = useView();
  return (
    <Page title={t("bin.deleteTitle", { name: bin.name })}>
      <div class="panel">
        <p>{t("bin.deleteText")}</p>
        <Form action={`/bins/${bin.id}/delete`} class="actions">
          <input type="hidden" name="confirmed" value={bin.id} />
          <button type="submit" class="button danger">
            {t("bin.delete")}
          </button>
          <LinkButton path={`/bins/${bin.id}`} label={t("cancel")} />
        </Form>
      </div>
    </Page>
  );
}
