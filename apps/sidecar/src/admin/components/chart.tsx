import type { Child } from "hono/jsx";
import type { StatsBucket } from "@sidehook/store";
import { useView, type View } from "../view.ts";
import { Table } from "./table.tsx";
import { formatDuration } from "./time.tsx";

/** Units of the drawings; the style stretches them to whatever room there is. */
const width = 600;
const height = 120;
const dayMs = 86_400_000;
const hatchId = "chart-hatch";

/** Deliveries that succeeded and failed over time. The numbers are in the drawing's titles and in a table beneath. */
export function DeliveryChart({ buckets, bucketMs }: { buckets: readonly StatsBucket[]; bucketMs: number }) {
  const view = useView();
  const { t } = view;
  const most = Math.max(1, ...buckets.map(({ delivered, failed }) => delivered + failed));
  const delivered = sum(buckets.map((bucket) => bucket.delivered));
  const failed = sum(buckets.map((bucket) => bucket.failed));
  return (
    <Figure
      id="chart-deliveries"
      title={t("chart.deliveries")}
      summary={delivered + failed === 0 ? null : t("chart.deliveriesSummary", { delivered, failed })}
      legend={[
        ["good", t("state.delivered")],
        ["bad", t("state.failed")],
      ]}
      top={formatCount(most, view)}
      times={buckets.map(({ at }) => formatBucket(at, bucketMs, view))}
      table={
        <Table
          caption={t("chart.deliveries")}
          columns={[t("chart.from"), t("state.delivered"), t("state.failed")]}
          rows={buckets.map(({ at, delivered, failed }) => [
            formatBucket(at, bucketMs, view),
            formatCount(delivered, view),
            formatCount(failed, view),
          ])}
        />
      }
    >
      <pattern id={hatchId} width="6" height="6" patternUnits="userSpaceOnUse">
        <path class="hatch" d="M0 6L6 0" />
      </pattern>
      {buckets.map((bucket, index) => (
        <Bar
          bucket={bucket}
          place={{ index, count: buckets.length, most }}
          title={`${formatBucket(bucket.at, bucketMs, view)}: ${t("chart.deliveriesSummary", {
            delivered: bucket.delivered,
            failed: bucket.failed,
          })}`}
        />
      ))}
    </Figure>
  );
}

/** Failed ones stand on top and are hatched as well as red, for who cannot tell the colours apart. */
function Bar({
  bucket: { delivered, failed },
  place: { index, count, most },
  title,
}: {
  bucket: StatsBucket;
  place: { index: number; count: number; most: number };
  title: string;
}) {
  const step = width / count;
  const box = { x: round(index * step + step * 0.12), width: round(step * 0.76) };
  // What is there at all can be seen, however much there was at other times.
  const tall = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * height));
  const good = tall(delivered);
  const bad = Math.min(tall(failed), height - Math.min(good, height - 2));
  return (
    <g>
      <title>{title}</title>
      <rect class="hover" x={round(index * step)} width={round(step)} y={0} height={height} />
      {good > 0 && <rect class="good" {...box} y={round(height - good)} height={round(good)} />}
      {bad > 0 && (
        <>
          <rect class="bad" {...box} y={round(height - good - bad)} height={round(bad)} />
          <rect fill={`url(#${hatchId})`} {...box} y={round(height - good - bad)} height={round(bad)} />
        </>
      )}
    </g>
  );
}

/** How long attempts took: half of them, and nearly all. */
export function LatencyChart({ buckets, bucketMs }: { buckets: readonly StatsBucket[]; bucketMs: number }) {
  const view = useView();
  const { t, language } = view;
  const most = Math.max(1, ...buckets.map(({ attemptMs }) => attemptMs?.p95 ?? 0));
  const text = (ms: number | undefined) => (ms === undefined ? "–" : formatDuration(ms, language));
  const newest = buckets.findLast(({ attemptMs }) => attemptMs !== null)?.attemptMs;
  return (
    <Figure
      id="chart-latency"
      title={t("chart.latency")}
      summary={newest ? t("chart.latencySummary", { p50: text(newest.p50), p95: text(newest.p95) }) : null}
      legend={[
        ["half", t("chart.p50")],
        ["most", t("chart.p95")],
      ]}
      top={formatDuration(most, language)}
      times={buckets.map(({ at }) => formatBucket(at, bucketMs, view))}
      table={
        <Table
          caption={t("chart.latency")}
          columns={[t("chart.from"), t("chart.p50"), t("chart.p95")]}
          rows={buckets.map(({ at, attemptMs }) => [
            formatBucket(at, bucketMs, view),
            text(attemptMs?.p50),
            text(attemptMs?.p95),
          ])}
        />
      }
    >
      <path
        class="line most"
        d={linePath(
          buckets.map(({ attemptMs }) => attemptMs?.p95 ?? null),
          most,
        )}
      />
      <path
        class="line half"
        d={linePath(
          buckets.map(({ attemptMs }) => attemptMs?.p50 ?? null),
          most,
        )}
      />
    </Figure>
  );
}

/** A line with gaps where nothing is known; a value alone is a short stroke. */
function linePath(values: readonly (number | null)[], most: number): string {
  const step = width / values.length;
  return values
    .map((value, index) => {
      if (value === null) return "";
      const y = round(height - (value / most) * (height - 4) - 2);
      const start = typeof values[index - 1] === "number" ? "L" : "M";
      return `${start}${round(index * step)} ${y}H${round((index + 1) * step)}`;
    })
    .join("");
}

interface FigureProps {
  id: string;
  title: string;
  /** The whole in one sentence; null: there is nothing to tell. */
  summary: string | null;
  legend: readonly (readonly [string, string])[];
  /** What the upper edge stands for. */
  top: string;
  /** What each of the columns is about. */
  times: readonly string[];
  table: Child;
  children: Child;
}

function Figure({ id, title, summary, legend, top, times, table, children }: FigureProps) {
  const { t } = useView();
  const caption = (
    <figcaption>
      <h2 id={id}>{title}</h2>
      <p class="muted">{summary ?? t("chart.nothing")}</p>
    </figcaption>
  );
  if (summary === null) {
    return (
      <figure class="panel chart" aria-labelledby={id}>
        {caption}
      </figure>
    );
  }
  return (
    <figure class="panel chart" aria-labelledby={id}>
      {caption}
      <div class="plot">
        <span class="hint top">{top}</span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          {children}
        </svg>
        <p class="hint ends">
          <span>{times[0]}</span>
          <span>{times[Math.floor(times.length / 2)]}</span>
          <span>{times.at(-1)}</span>
        </p>
      </div>
      <ul class="legend hint">
        {legend.map(([kind, text]) => (
          <li>
            <span class={`swatch ${kind}`} aria-hidden="true" />
            {text}
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("chart.asTable")}</summary>
        {table}
      </details>
    </figure>
  );
}

/** A chart for a cell of a table: what ended in each of the last hours. A list has fifty of them, so each is two lines. */
export function Sparkline({
  counts,
  text,
}: {
  counts: readonly { delivered: number; failed: number }[];
  text: string;
}) {
  const all = counts.map(({ delivered, failed }) => delivered + failed);
  const good = counts.map(({ delivered }) => delivered);
  const hasFailed = counts.some(({ failed }) => failed > 0);
  const most = Math.max(1, ...all);
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a drawing that is made here is no file for an img
    <svg class="sparkline" viewBox={`0 0 ${counts.length * 4} 24`} role="img">
      <title>{text}</title>
      {/* What was delivered stands before all that ended: what is left in sight has failed. */}
      {hasFailed && <path class="bad" d={skylinePath(all, most)} />}
      <path class="good" d={skylinePath(good, most)} />
    </svg>
  );
}

function skylinePath(values: readonly number[], most: number): string {
  const steps = values.map((value) => `V${24 - Math.round((value / most) * 22)}h4`);
  return `M0 24${steps.join("")}V24z`;
}

function formatBucket(at: Date, bucketMs: number, { language, timeZone }: View): string {
  const day = { month: "short", day: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  const style = bucketMs >= dayMs ? day : bucketMs > dayMs / 24 ? { ...day, ...time } : time;
  return new Intl.DateTimeFormat(language, { ...style, timeZone }).format(at);
}

function formatCount(count: number, { language }: View): string {
  return new Intl.NumberFormat(language).format(count);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
