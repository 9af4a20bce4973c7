import { Hono } from "hono";
import type { Webhook } from "@sidehook/delivery";
import {
  ConflictError,
  NotFoundError,
  type Page as StorePage,
  type Replay,
  type ReplayFilter,
} from "@sidehook/store";
import type { Services } from "../services.ts";
import { eventName } from "./components/event-type.tsx";
import { ActionButton, LinkButton } from "./components/form.tsx";
import { Literal } from "./components/code.tsx";
import { Live, LiveSwitch } from "./components/live.tsx";
import { Empty, pageSize, Paging } from "./components/paging.tsx";
import { Badge } from "./components/status.tsx";
import { Facts, Table } from "./components/table.tsx";
import { ExactTime, FullTime, RelativeTime } from "./components/time.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { goWithNotice } from "./notices.ts";
import { replayFormPage } from "./replay-form.tsx";
import { useView } from "./view.ts";

/** `/admin/replays`: all there were, making one, watching and cancelling it. */
export function replayPages(services: Services): Hono<AdminEnv> {
  const { store, now } = services;
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const cursor = context.req.query("cursor");
    const page = await store.listReplays({ limit: pageSize, cursor });
    return sendPage(context, <ReplayListPage page={page} cursor={cursor} />);
  });
  routes.route("/", replayFormPage(services));
  routes.get("/:id", async (context) => {
    const replay = await store.getReplay(context.req.param("id"));
    const { webhookId } = replay.filter;
    const webhook = webhookId === undefined ? null : await store.getWebhook(webhookId).catch(ifDeleted);
    return sendPage(context, <ReplayPage replay={replay} webhook={webhook} />);
  });
  routes.post("/:id/cancel", async (context) => {
    const id = context.req.param("id");
    const isCancelled = await store.cancelReplay(id, now()).then(() => true, isOver);
    return goWithNotice(context, `/replays/${id}`, isCancelled ? "replayCancelled" : "replayOver");
  });
  return routes;
}

function ifDeleted(error: unknown): null {
  if (error instanceof NotFoundError) return null;
  throw error;
}

/** Somebody who cancels what has just ended wants to be told so, on its page. */
function isOver(error: unknown): false {
  if (error instanceof ConflictError) return false;
  throw error;
}

function ReplayListPage({ page, cursor }: { page: StorePage<Replay>; cursor: string | undefined }) {
  const { t, link } = useView();
  return (
    <Page
      title={t("nav.replays")}
      actions={<LinkButton path="/replays/new" label={t("replay.new")} kind="primary" />}
    >
      {page.data.length === 0 ? (
        <Empty title={t("replays.none")}>
          <p>{t("replays.noneText")}</p>
        </Empty>
      ) : (
        <Table
          caption={t("nav.replays")}
          columns={[t("field.created"), t("field.state"), t("replay.progress"), t("replay.what")]}
          rows={page.data.map((replay) => [
            <a href={link(`/replays/${replay.id}`)}>
              <RelativeTime at={replay.createdAt} />
            </a>,
            <ReplayBadge replay={replay} />,
            t("replay.doneOf", { done: replay.done, planned: replay.planned }),
            <What filter={replay.filter} />,
          ])}
        />
      )}
      <Paging path="/replays" query={{ cursor }} nextCursor={page.nextCursor} />
    </Page>
  );
}

const tones = { running: "waiting", done: "good", cancelled: "off" } as const;

function ReplayBadge({ replay: { state } }: { replay: Replay }) {
  const { t } = useView();
  return <Badge tone={tones[state]} text={t(`replay.state.${state}`)} />;
}

/** What was chosen, in a few words. */
function What({ filter }: { filter: ReplayFilter }) {
  const { t } = useView();
  const words = [
    t(filter.missing ? "replay.missing" : "replay.existing"),
    filter.eventType === undefined ? "" : eventName(filter.eventType, t),
    filter.state === undefined ? "" : t(`state.${filter.state}`),
    filter.failureClass === undefined ? "" : t(`failure.${filter.failureClass}.short`),
    filter.siteId === undefined ? "" : `${t("field.site")} ${filter.siteId}`,
  ];
  return <bdi>{words.filter((word) => word !== "").join(" · ")}</bdi>;
}

/** The deliveries it is about, as far as the list can be told. */
function deliveriesOf({ webhookId, eventType }: ReplayFilter) {
  return { webhook: webhookId, event: eventType };
}

interface ReplayProps {
  replay: Replay;
  /** Null for all webhooks, and for one that has been deleted. */
  webhook: Webhook | null;
}

function ReplayPage({ replay, webhook }: ReplayProps) {
  const { t, link } = useView();
  const { id, planned, done, failed, state } = replay;
  return (
    <Page
      title={t("replay.title")}
      parent={{ path: "/replays", label: t("nav.replays") }}
      actions={state === "running" && <RunningActions id={id} />}
    >
      <Live id="replay" isLive={state === "running"}>
        <section class="panel" aria-labelledby="progress">
          <h2 id="progress">{t("replay.progress")}</h2>
          <p>
            <ReplayBadge replay={replay} /> {t("replay.doneOf", { done, planned })}
          </p>
          <progress aria-labelledby="progress" value={done + failed} max={Math.max(planned, 1)} />
          {failed > 0 && <p>{t("replay.failed", { count: failed })}</p>}
          <p class="muted">
            {t("replay.answers")}{" "}
            <a href={link("/deliveries", deliveriesOf(replay.filter))}>{t("nav.deliveries")}</a>
          </p>
        </section>
      </Live>
      <section class="panel" aria-labelledby="what">
        <h2 id="what">{t("replay.what")}</h2>
        <ReplayFacts replay={replay} webhook={webhook} />
      </section>
    </Page>
  );
}

function RunningActions({ id }: { id: string }) {
  const { t, link } = useView();
  return (
    <>
      <LiveSwitch href={link(`/replays/${id}`)} />
      <ActionButton action={`/replays/${id}/cancel`} label={t("replay.cancel")} kind="danger" />
    </>
  );
}

function ReplayFacts({ replay: { id, filter, createdAt, finishedAt }, webhook }: ReplayProps) {
  const { t, link } = useView();
  const { webhookId, since, until } = filter;
  return (
    <Facts
      facts={[
        [t("replay.what"), <What filter={filter} />],
        ...(webhookId === undefined
          ? []
          : [
              [
                t("field.webhook"),
                <a href={link(`/webhooks/${webhookId}`)}>
                  <bdi>{webhook?.name ?? webhookId}</bdi>
                </a>,
              ] as const,
            ]),
        ...(since ? [[t("replay.since"), <ExactTime at={since} />] as const] : []),
        ...(until ? [[t("replay.until"), <ExactTime at={until} />] as const] : []),
        [t("field.created"), <FullTime at={createdAt} />],
        ...(finishedAt ? [[t("field.finished"), <FullTime at={finishedAt} />] as const] : []),
        [t("field.id"), <Literal text={id} />],
      ]}
    />
  );
}
