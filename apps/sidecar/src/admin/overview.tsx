import { Hono } from "hono";
import type { Child } from "hono/jsx";
import type { Webhook } from "@sidehook/delivery";
import { countLimit, type Backlog, type Books, type StatsBucket, type WebhookHealth } from "@sidehook/store";
import { examine, gatherFacts, listGone, type Facts, type Finding } from "../doctor.ts";
import type { Services } from "../services.ts";
import { DeliveryChart, LatencyChart } from "./components/chart.tsx";
import { LinkButton } from "./components/form.tsx";
import { Empty } from "./components/paging.tsx";
import { chooseRange, RangeLinks, statsOf, type Range } from "./components/range.tsx";
import { HealthBadge } from "./components/status.tsx";
import { Facts as FactList, Table } from "./components/table.tsx";
import { FullTime, formatDuration, RelativeTime } from "./components/time.tsx";
import { Verdict } from "./doctor.tsx";
import { Page, sendPage, type AdminEnv } from "./layout.tsx";
import { useView } from "./view.ts";

const shownInTrouble = 5;

interface OverviewProps {
  findings: readonly Finding[];
  webhooks: Facts["webhooks"];
  backlog: Backlog;
  books: Books;
  bridgeSeenAt: Date | null;
  range: Range;
  buckets: readonly StatsBucket[];
  troubled: readonly { webhook: Webhook; health: WebhookHealth | undefined }[];
}

/** `/admin/overview`: is all well, and how has it been going? */
export function overviewPages(services: Services): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  routes.get("/", async (context) => {
    const range = chooseRange(context.req.query("range"));
    const { timeZone } = context.get("view");
    return sendPage(context, <OverviewPage {...await readOverview(services, range, timeZone)} />);
  });
  return routes;
}

async function readOverview(services: Services, range: Range, timeZone: string): Promise<OverviewProps> {
  const { store, now } = services;
  const until = now();
  const [facts, backlog, books, bridgeSeenAt, buckets, troubled] = await Promise.all([
    gatherFacts(services),
    store.readBacklog(),
    store.readBooks(until),
    store.readBridgeSeenAt(),
    store.readStats(statsOf(range, until, timeZone)),
    listTroubled(services),
  ]);
  const findings = examine(facts);
  return { findings, webhooks: facts.webhooks, backlog, books, bridgeSeenAt, range, buckets, troubled };
}

async function listTroubled({ store, now }: Services): Promise<OverviewProps["troubled"]> {
  const search = { order: "health", offset: 0, limit: shownInTrouble } as const;
  const [held, failing, gone] = await Promise.all([
    store.searchWebhooks({ ...search, state: "held" }, now()),
    store.searchWebhooks({ ...search, state: "failing" }, now()),
    listGone(store, now()),
  ]);
  const webhooks = [...held.data, ...failing.data, ...gone].slice(0, shownInTrouble);
  const health = await store.getWebhookHealth(
    webhooks.map(({ id }) => id),
    now(),
  );
  return webhooks.map((webhook) => ({ webhook, health: health.get(webhook.id) }));
}

function OverviewPage(props: OverviewProps) {
  const { t } = useView();
  const { findings, webhooks, range, buckets } = props;
  const count = Object.values(webhooks).reduce((sum, each) => sum + each, 0);
  const add = <LinkButton path="/webhooks/new" label={t("webhook.add")} kind="primary" />;
  return (
    <Page title={t("nav.overview")} actions={count === 0 ? undefined : add}>
      {count === 0 && <FirstStep add={add} />}
      <Verdict findings={findings}>
        <Problems findings={findings} />
      </Verdict>
      <Tiles {...props} />
      <RangeLinks path="/overview" range={range} />
      <div class="columns">
        <DeliveryChart buckets={buckets} bucketMs={range.bucketMs} />
        <LatencyChart buckets={buckets} bucketMs={range.bucketMs} />
      </div>
      <Troubled {...props} />
      <BooksPanel {...props} />
    </Page>
  );
}

function FirstStep({ add }: { add: Child }) {
  const { t } = useView();
  return (
    <Empty title={t("webhooks.none")}>
      <p>{t("webhooks.noneText")}</p>
      <p>{add}</p>
    </Empty>
  );
}

/** What the doctor would say, but for what is told in more detail further down. */
function Problems({ findings }: { findings: readonly Finding[] }) {
  const { t, link } = useView();
  const problems = findings.filter(({ id, state }) => state !== "ok" && id !== "webhooks");
  if (problems.length === 0) return null;
  return (
    <>
      <ul>
        {problems.map(({ key, values }) => (
          <li>{t(key, values)}</li>
        ))}
      </ul>
      <p>
        <a href={link("/doctor")}>{t("overview.allChecks")}</a>
      </p>
    </>
  );
}

function Tiles({ backlog, buckets, webhooks, bridgeSeenAt }: OverviewProps) {
  const { t, link, language } = useView();
  const delivered = buckets.reduce((sum, bucket) => sum + bucket.delivered, 0);
  const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const troubled = webhooks.failing + webhooks.held;
  const rate = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const waiting = Math.min(countLimit, backlog.waiting + backlog.sending);
  return (
    <ul class="tiles">
      <Tile
        label={t("field.waiting")}
        href={link("/deliveries", { state: "pending" })}
        value={t("number", { count: waiting })}
      >
        {backlog.oldestAt ? (
          <>
            {t("overview.oldest")} <RelativeTime at={backlog.oldestAt} />
          </>
        ) : (
          t("overview.nothingWaits")
        )}
      </Tile>
      <Tile
        label={t("overview.rate")}
        href={link("/deliveries", { state: "failed" })}
        value={
          delivered + failed === 0
            ? "–"
            : rate.format(Math.floor((delivered / (delivered + failed)) * 1000) / 1000)
        }
      >
        {t("chart.deliveriesSummary", { delivered, failed })}
      </Tile>
      <Tile label={t("field.p95")} value={latencyOf(buckets, language)}>
        {t("overview.p95Text")}
      </Tile>
      <Tile
        label={t("nav.webhooks")}
        href={link("/webhooks", { order: "health" })}
        value={t("number", { count: webhooks.healthy })}
      >
        {t("overview.webhooks", { troubled, off: webhooks.paused + webhooks.disabled })}
      </Tile>
      <Tile
        label={t("overview.wordpress")}
        value={bridgeSeenAt ? <RelativeTime at={bridgeSeenAt} /> : <span>{t("never")}</span>}
      >
        {bridgeSeenAt ? (
          t("overview.wordpressText")
        ) : (
          <a href={link("/settings#connect")}>{t("events.noneLink")}</a>
        )}
      </Tile>
    </ul>
  );
}

/** The one that weighs: of the newest stretch of time in which anything was sent. */
function latencyOf(buckets: readonly StatsBucket[], language: string): string {
  const newest = buckets.findLast(({ attemptMs }) => attemptMs !== null)?.attemptMs;
  return newest ? formatDuration(newest.p95, language) : "–";
}

function Tile({
  label,
  value,
  href,
  children,
}: {
  label: string;
  value: Child;
  href?: string;
  children: Child;
}) {
  return (
    <li class="panel tile">
      <h2>{href === undefined ? label : <a href={href}>{label}</a>}</h2>
      <p class="value">{value}</p>
      <p class="hint">{children}</p>
    </li>
  );
}

function Troubled({ troubled, webhooks }: OverviewProps) {
  const { t, link } = useView();
  if (troubled.length === 0) return null;
  const count = webhooks.failing + webhooks.held;
  return (
    <section aria-labelledby="troubled">
      <h2 id="troubled">{t("overview.troubled")}</h2>
      <Table
        caption={t("overview.troubled")}
        columns={[t("field.name"), t("field.health"), t("field.waiting"), t("field.lastSuccess")]}
        rows={troubled.map(({ webhook, health }) => [
          <a href={link(`/webhooks/${webhook.id}`)}>
            <bdi>{webhook.name}</bdi>
          </a>,
          <HealthBadge webhook={webhook} health={health} />,
          t("number", { count: health?.pending ?? 0 }),
          health?.lastSuccessAt ? <RelativeTime at={health.lastSuccessAt} /> : t("never"),
        ])}
      />
      {count > troubled.length && (
        <p>
          <a href={link("/webhooks", { order: "health" })}>{t("overview.allTroubled", { count })}</a>
        </p>
      )}
    </section>
  );
}

/** Each delivery is in exactly one of the last four numbers: what was accepted is accounted for. */
function BooksPanel({ books }: OverviewProps) {
  const { t, language } = useView();
  const number = (count: number) => new Intl.NumberFormat(language).format(count);
  return (
    <section class="panel" aria-labelledby="books">
      <h2 id="books">{t("books.title")}</h2>
      <p class="muted">
        {t("books.text")} {t("books.since")} <FullTime at={books.since} />
      </p>
      <FactList
        class="sums"
        facts={[
          [t("books.events"), number(books.events)],
          [t("books.deliveries"), number(books.deliveries)],
          [t("books.delivered"), number(books.delivered)],
          [t("books.waiting"), number(books.unfinished)],
          [t("books.failed"), number(books.failed)],
          [t("books.cancelled"), number(books.cancelled)],
        ]}
      />
    </section>
  );
}
