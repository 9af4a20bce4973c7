import { Hono } from "hono";
import { failureClasses } from "@sidehook/delivery";
import type { Issue, IssueKey } from "@sidehook/store";
import { ProblemError } from "../api/problem.ts";
import type { Services } from "../services.ts";
import { textOf } from "./access.ts";
import { ActionButton } from "./components/form.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import { Empty } from "./components/paging.tsx";
import { Table } from "./components/table.tsx";
import { RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { useView } from "./view.ts";

/** `/admin/issues`: what fails, one line for each webhook and cause. */
export function issuePages({ store, now }: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => sendPage(context, <IssuesPage issues={await store.listIssues()} />));
  routes.post("/mute", async (context) => {
    await store.muteIssue(readKey(context.get("form")), now());
    return goWithNotice(context, "/issues", "muted");
  });
  routes.post("/unmute", async (context) => {
    await store.unmuteIssue(readKey(context.get("form")));
    return goWithNotice(context, "/issues", "unmuted");
  });
  return routes;
}

function readKey(form: FormData): IssueKey {
  const failureClass = failureClasses.find((each) => each === textOf(form, "cause"));
  const webhookId = textOf(form, "webhook");
  if (!failureClass || webhookId === "") throw new ProblemError(400, "The issue is not valid.");
  return { webhookId, failureClass };
}

function IssuesPage({ issues }: { issues: readonly Issue[] }) {
  const { t, link } = useView();
  const heard = issues.filter(({ isMuted }) => !isMuted);
  const muted = issues.filter(({ isMuted }) => isMuted);
  return (
    <Page title={t("nav.issues")} actions={<LiveSwitch href={link("/issues")} />}>
      <p>{t("issues.text")}</p>
      <Live id="issues" isLive>
        {heard.length > 0 ? (
          <IssueTable issues={heard} caption={t("nav.issues")} />
        ) : (
          <Empty title={t("issues.none")}>
            <p>{t("issues.noneText")}</p>
          </Empty>
        )}
        {muted.length > 0 && (
          <details class="fold" id="muted" open={heard.length === 0}>
            <summary>{t("issues.muted", { count: muted.length })}</summary>
            <p class="hint">{t("issues.mutedText")}</p>
            <IssueTable issues={muted} caption={t("issues.muted", { count: muted.length })} />
          </details>
        )}
      </Live>
    </Page>
  );
}

function IssueTable({ issues, caption }: { issues: readonly Issue[]; caption: string }) {
  const { t } = useView();
  return (
    <Table
      caption={caption}
      columns={[
        t("issue.cause"),
        t("field.webhook"),
        t("nav.deliveries"),
        t("issue.first"),
        t("issue.last"),
        t("field.actions"),
      ]}
      rows={issues.map((issue) => [
        <Cause issue={issue} />,
        <WebhookLink issue={issue} />,
        <Counts issue={issue} />,
        <RelativeTime at={issue.firstAt} />,
        <RelativeTime at={issue.lastAt} />,
        <Actions issue={issue} />,
      ])}
    />
  );
}

function queryOf({ webhookId, failureClass }: IssueKey) {
  return { webhook: webhookId, cause: failureClass };
}

function Cause({ issue }: { issue: Issue }) {
  const { t, link } = useView();
  return (
    <>
      <a href={link("/deliveries", queryOf(issue))}>{t(`failure.${issue.failureClass}.summary`)}</a>
      <p class="hint">{t(`failure.${issue.failureClass}.hint`)}</p>
    </>
  );
}

function WebhookLink({ issue }: { issue: Issue }) {
  const { link } = useView();
  return (
    <a href={link(`/webhooks/${issue.webhookId}`)}>
      <bdi>{issue.webhookName}</bdi>
    </a>
  );
}

function Counts({ issue: { failed, waiting, deliveryId } }: { issue: Issue }) {
  const { t, link } = useView();
  return (
    <span class="counts">
      {failed > 0 && <span class="failed">{t("webhooks.failed", { count: failed })}</span>}
      {waiting > 0 && <span>{t("issue.waiting", { count: waiting })}</span>}
      <a href={link(`/deliveries/${deliveryId}`)}>{t("issue.example")}</a>
    </span>
  );
}

/** The replay leads to the page that counts first. */
function Actions({ issue }: { issue: Issue }) {
  const { t, link } = useView();
  const names = { webhook: issue.webhookName, cause: t(`failure.${issue.failureClass}.short`) };
  return (
    <span class="row-actions">
      <a
        class="button"
        href={link("/replays/new", { ...queryOf(issue), count: 1 })}
        aria-label={t("issue.replayNamed", names)}
      >
        {t("issue.replay")}
      </a>
      <ActionButton
        action={issue.isMuted ? "/issues/unmute" : "/issues/mute"}
        fields={queryOf(issue)}
        label={t(issue.isMuted ? "issue.unmute" : "issue.mute")}
      />
    </span>
  );
}
